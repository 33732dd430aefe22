package io.kubehv.hv.qmp.agent;

/**
 * What the guest says that it runs; empty where it doesn't say.
 *
 * @param id such as {@code debian}
 * @param prettyName such as {@code Debian GNU/Linux 13 (trixie)}
 * @param versionId such as {@code 13}
 * @param kernelRelease such as {@code 6.12.43+deb13-amd64}
 */
public record OperatingSystem(String id, String prettyName, String versionId, String kernelRelease) {}
