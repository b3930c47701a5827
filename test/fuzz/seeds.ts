/**
 * Files that analyzers read, for formats of which `testdata/` has none, by purl type: small, and with the parts that
 * their readers look for.
 */
export const FILE_SEEDS: Readonly<Record<string, readonly string[]>> = {
  deb: [
    'Package: libssl1.1\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\nSource: openssl (1.1.1n-0)\nVersion: 1.1.1n-0+b2\nDescription: x\n y\n .\nConffiles:\n /etc/x 0123\n\nPackage: curl\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 7.74.0-1.3+deb11u7\n',
    'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nNAME="Debian"\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nID=debian\n',
    '/.\n/usr/share/nodejs/x/node_modules/y/package.json\n/usr/lib/python3/dist-packages/idna-3.3.dist-info/METADATA\n',
    '0123456789abcdef0123456789abcdef  usr/lib/python3/dist-packages/idna-3.3.dist-info/METADATA\n',
    'bookworm/sid\n', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\n',
    '{"services":[{"name":"esm-infra","status":"enabled"},{"name":"fips","status":"disabled"}],"attached":true}',
  ],
  npm: [
    '{"name":"@a/b","version":"1.0.0","dependencies":{"c":"^1.0.0"},"private":true}',
    '{"name":"a","lockfileVersion":3,"packages":{"":{"name":"a"},"node_modules/b":{"version":"1.0.0","dev":true},"node_modules/b/node_modules/@c/d":{"version":"2.0.0","link":false}}}',
    '{"lockfileVersion":1,"dependencies":{"b":{"version":"1.0.0","requires":{"c":"1"},"dependencies":{"c":{"version":"1.2.3"}}},"e":{"version":"npm:f@1.0.0"}}}',
  ],
  nuget: [
    '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<packages>\n  <package id="jQuery" version="1.10.2" />\n  <!-- <package id="Old" version="1.0" /> -->\n  <package version=\'2.0.0\'\n id = \'Ajax\'></package>\n</packages>',
    '{"version":1,"dependencies":{"net8.0":{"Serilog":{"type":"Direct","requested":"[3.0.0, )","resolved":"3.0.1"}}}}',
    '<Project><PropertyGroup><V>1.0</V></PropertyGroup><ItemGroup><PackageReference Include="A" Version="$(V)"><Version>[2.0, 3)</Version></PackageReference><PackageVersion Include="B" Version="1.*"/></ItemGroup></Project>',
    '<?xml version="1.0"?><package><metadata><id>A</id><version>1.0.0</version></metadata></package>',
    '{"version":3,"targets":{},"libraries":{"Serilog/3.0.1":{"type":"package","sha512":"x"},"own/1.0.0":{"type":"project"}}}',
  ],
  cran: ['Package: readxl\nVersion: 1.4.0\nRepository: CRAN\nRemoteType: github\nBuilt: R 4.3.1; ; 2026-01-01; unix\n', '{"R":{"Version":"4.3.1"},"Packages":{"readxl":{"Package":"readxl","Version":"1.4.0","Source":"Repository","Repository":"CRAN"}}}'],
  generic: [
    'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="1.8.0_422"\nJVM_VARIANT="Openj9"\nIMAGE_TYPE="JRE"\nGRAALVM_VERSION="1"\n',
    "<?php\n/**\n * x\n */\n$wp_version = '6.5.5';\n", '<?php\n/*\nPlugin Name: A B\n * Version: 7.58\n*/\n',
    '/*\nTheme Name: A\nVersion: 1.2\n*/\n',
  ],
  hex: ['{"1.2.0",\n[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.9.0">>},0},\n {<<"own">>,\n  {git,"https://example.com/own.git",\n       {ref,"0123"}},\n  0}]}.\n[\n{pkg_hash,[\n {<<"cowboy">>, <<"00">>}]}\n].\n'],
  swift: ['PODS:\n  - A (4.0.1):\n    - A/B (= 4.0.1)\n  - "C/D+e (7.7.0)"\n\nDEPENDENCIES:\n  - A\n\nCOCOAPODS: 1.11.3\n'],
  pypi: ['==> 2026-01-01 00:00:00 <==\n+conda-forge/linux-64::openssl-3.0.8-h0_0\n-defaults::a-1-0\n', 'a==1\nb ~= 1.0\nc[d]>=1 ; python_version < "3" --hash=x \\\n'],
  conan: ['[requires]\nzlib/1.2.11@a/b#0 # c\nx/[>1 <2]\n[generators]\nG\n'],
  rpm: ['CentOS Linux release 7.9.2009 (Core)\n'],
  maven: [
    '{"lockVersion":1,"dependencies":[{"org":"a","name":"b","version":"1","configurations":["test"]}]}',
    '# comment\norg.yaml:snakeyaml:1.30=compileClasspath,runtimeClasspath\nempty=annotationProcessor\n',
    '#Generated\nversion=1.30\ngroupId=org.yaml\nartifactId=snakeyaml\nx=\\u00e9\\\n  y\n',
    '<project><parent><groupId>a</groupId><version>1</version></parent><properties><v>1.2</v></properties><dependencies><dependency><groupId>org.yaml</groupId><artifactId>snakeyaml</artifactId><version>${v}</version><scope>test</scope></dependency></dependencies></project>',
  ],
  githubactions: [
    'name: ci\non: [push]\njobs:\n  test:\n    steps:\n    - uses: actions/checkout@v4\n    - { name: flow, uses: \'tj-actions/changed-files@45.0.7\' }\n    - run: |\n        - uses: not/one@v1\n    - uses: "a/b/c@0123456789012345678901234567890123456789" # v1.2.3\n',
  ],
} // prettier-ignore
