#!/bin/sh
# Makes NAME.before, an XFS image of version 4 that was cut off while in use, and NAME.tree, what its kernel makes of it
# (for generate-dirty-xfs.ts), in a directory. Newer kernels do not mount version 4, so that of Debian 12 runs in an emulator.
#   apt-get install busybox-static qemu-system-x86 xfsprogs cpio; dpkg-deb -x linux-image-6.1*-cloud-amd64_*.deb KERNEL
#   scripts/generate-dirty-xfs-4.sh KERNEL DIRECTORY
set -eu
kernel=$1 out=$2
root=$out/root modules=$(echo "$kernel"/lib/modules/*)
mkdir -p "$root/bin" "$root/modules" "$root/mnt" "$root/proc" "$root/dev"
cp "$(command -v busybox)" "$root/bin/busybox"
for module in crypto/crc32c_generic lib/libcrc32c fs/xfs/xfs drivers/virtio/virtio drivers/virtio/virtio_ring \
  drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci drivers/block/virtio_blk; do
  [ ! -f "$modules/kernel/$module.ko" ] || cp "$modules/kernel/$module.ko" "$root/modules/"
done
cat > "$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc; mount -t devtmpfs none /dev
for round in 1 2 3 4 5; do for module in /modules/*; do insmod $module 2> /dev/null; done; done
mount -t xfs /dev/vda /mnt && cd /mnt
if [ ! -e /mnt/etc ]; then
  mkdir -p etc node a var/lib/rpm
  echo ID=amzn > etc/os-release
  yes one | head -c 60000 > var/lib/rpm/Packages
  for i in $(seq 300); do echo $i > a/f$i; : > node/a-name-that-is-long-enough-for-large-directories-$i; done
  sync
  rm -r a; sync
  for i in $(seq 120); do mkdir -p b/d$i/sub; echo data $i > b/d$i/data; done
  for i in $(seq 1 2 120); do rm -r b/d$i; done
  for i in $(seq 1 3 300); do rm node/a-name-that-is-long-enough-for-large-directories-$i; done
  for i in $(seq 2 2 120); do mv b/d$i/data node/moved-$i; done
  yes two | head -c 50000 > var/lib/rpm/new; sync var/lib/rpm/new; mv var/lib/rpm/new var/lib/rpm/Packages
  for i in $(seq 0 2 120); do echo piece-$i | dd of=fragments bs=4096 seek=$i conv=notrunc 2> /dev/null; sync fragments; done
  ln -s ../etc/os-release etc/link
  sync
  echo b > /proc/sysrq-trigger; sleep 60
fi
echo BEGIN
find . -mindepth 1 | while read -r path; do
  if [ -L "$path" ]; then sum=$(readlink -n "$path" | sha256sum); size=$(readlink -n "$path" | wc -c); kind=symlink
  elif [ -d "$path" ]; then echo "${path#./} dir"; continue
  else sum=$(sha256sum < "$path"); size=$(wc -c < "$path"); kind=file; fi
  echo "${path#./} $kind of $size bytes ${sum%% *}"
done
echo END
cd /; umount /mnt; echo o > /proc/sysrq-trigger; sleep 60
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) > "$out/initramfs"
rm -f "$out/image"; truncate -s 64M "$out/image"
TEST_DIR=/ TEST_DEV=/ QA_CHECK_FS=1 mkfs.xfs -q -f -m crc=0 "$out/image"
run() {
  timeout 300 qemu-system-x86_64 -accel tcg -m 512 -nographic -no-reboot -kernel "$kernel"/boot/vmlinuz-* -initrd "$out/initramfs" \
    -append 'console=ttyS0 quiet panic=1' -drive "file=$out/image,format=raw,if=virtio,cache=writethrough" < /dev/null
}
run > "$out/first.log"
cp "$out/image" "$out/version-4.before"
run | tr -d '\r' > "$out/second.log"
{
  printf '['
  sed -n '/BEGIN$/,/^END$/p' "$out/second.log" | sed '1d;$d' | LC_ALL=C sort | sed 's/^\([^ ]*\) \(.*\)$/["\1","\2"]/' | paste -sd,
  printf ']'
} > "$out/version-4.tree"
