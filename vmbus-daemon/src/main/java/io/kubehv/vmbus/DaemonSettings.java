package io.kubehv.vmbus;

import io.kubehv.vmbus.fault.ConfigurationException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the daemon is told by its environment.
 *
 * @param node the node's name, {@code NODE_NAME}
 * @param pods the kubelet's directory of pods, {@code KUBEHV_PODS}
 * @param devicePlugins the kubelet's directory of device plug-ins, {@code KUBEHV_DEVICE_PLUGINS}
 * @param sinceBoot a directory that is empty when the node has been restarted, {@code KUBEHV_SINCE_BOOT}
 * @param csiSocket where the node's CSI driver is called, {@code KUBEHV_CSI_SOCKET}
 * @param monitoringPort for metrics and health, {@code KUBEHV_MONITORING_PORT}
 * @param logLevel {@code KUBEHV_LOG_LEVEL}, as java.util.logging names it
 */
record DaemonSettings(
        String node,
        Path pods,
        Path devicePlugins,
        Path sinceBoot,
        Path csiSocket,
        int monitoringPort,
        String logLevel) {
    static DaemonSettings of(Map<String, String> environment) {
        String node = Optional.ofNullable(environment.get("NODE_NAME"))
                .filter(name -> !name.isBlank())
                .orElseThrow(() -> new ConfigurationException("NODE_NAME is not set: the DaemonSet sets it"));
        return new DaemonSettings(
                node,
                Path.of(environment.getOrDefault("KUBEHV_PODS", "/pods")),
                Path.of(environment.getOrDefault("KUBEHV_DEVICE_PLUGINS", "/var/lib/kubelet/device-plugins")),
                Path.of(environment.getOrDefault("KUBEHV_SINCE_BOOT", "/run/kubehv")),
                Path.of(environment.getOrDefault("KUBEHV_CSI_SOCKET", "/csi/csi.sock")),
                port(environment.getOrDefault("KUBEHV_MONITORING_PORT", "9401")),
                environment.getOrDefault("KUBEHV_LOG_LEVEL", "INFO"));
    }

    private static int port(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ConfigurationException("KUBEHV_MONITORING_PORT is not a number: " + text, e);
        }
    }
}
