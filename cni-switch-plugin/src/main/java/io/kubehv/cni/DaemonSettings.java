package io.kubehv.cni;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the daemon is told by its environment.
 *
 * @param node the node's name, {@code NODE_NAME}
 * @param run what goes with the node's start, {@code KUBEHV_RUN}; the shim knows it as /run/kubehv
 * @param configurations the node's CNI configurations, {@code KUBEHV_CNI_CONFIGURATIONS}
 * @param programs the node's CNI plug-ins, {@code KUBEHV_CNI_PROGRAMS}
 * @param shim the executable that becomes one of them, {@code KUBEHV_SHIM}
 * @param monitoringPort for metrics and health, {@code KUBEHV_MONITORING_PORT}
 * @param logLevel {@code KUBEHV_LOG_LEVEL}, as java.util.logging names it
 */
record DaemonSettings(
        String node, Path run, Path configurations, Path programs, Path shim, int monitoringPort, String logLevel) {
    static DaemonSettings of(Map<String, String> environment) {
        String node = environment.getOrDefault("NODE_NAME", "");
        if (node.isBlank()) {
            throw new IllegalArgumentException("NODE_NAME is not set: the DaemonSet sets it");
        }
        return new DaemonSettings(
                node,
                Path.of(environment.getOrDefault("KUBEHV_RUN", "/run/kubehv")),
                Path.of(environment.getOrDefault("KUBEHV_CNI_CONFIGURATIONS", "/etc/cni/net.d")),
                Path.of(environment.getOrDefault("KUBEHV_CNI_PROGRAMS", "/opt/cni/bin")),
                Path.of(environment.getOrDefault("KUBEHV_SHIM", "/opt/kubehv/native/kubehv-switch")),
                Integer.parseInt(environment.getOrDefault("KUBEHV_MONITORING_PORT", "9403")),
                environment.getOrDefault("KUBEHV_LOG_LEVEL", "INFO"));
    }

    Path socket() {
        return run.resolve("switch.sock");
    }

    Path spool() {
        return run.resolve("spool");
    }

    /** Journal, copies and settings of what it started. */
    Path state() {
        return run.resolve("switch");
    }
}
