package io.kubehv.csi.configuration;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings.
 *
 * @param node KUBEHV_NODE_NAME: the node's name in Kubernetes
 * @param endpoint KUBEHV_CSI_ENDPOINT: the CSI socket, at the same path for the kubelet and for us
 * @param registry KUBEHV_KUBELET_REGISTRY: where the kubelet looks for plug-ins; empty to stay unknown to it
 * @param pool KUBEHV_POOL: the directory of the volumes
 * @param poolImage KUBEHV_POOL_IMAGE: the image file, for a node without reflinks
 * @param poolImageBytes KUBEHV_POOL_IMAGE_SIZE: the size of a new image at most, as a Kubernetes quantity
 * @param monitoringPort KUBEHV_MONITORING_PORT: for /healthz and /metrics
 */
public record DriverConfiguration(
        String node,
        Path endpoint,
        Optional<Path> registry,
        Path pool,
        Path poolImage,
        long poolImageBytes,
        int monitoringPort) {
    private static final Pattern QUANTITY = Pattern.compile("([0-9]{1,12})(Mi|Gi|Ti)?");

    /** Reads the environment; whatever is wrong with it is said in words. */
    public static DriverConfiguration from(Map<String, String> environment) {
        String node = environment.getOrDefault("KUBEHV_NODE_NAME", "");
        if (node.isEmpty()) {
            throw new IllegalArgumentException("KUBEHV_NODE_NAME is not set");
        }
        String registry = environment.getOrDefault("KUBEHV_KUBELET_REGISTRY", "");
        return new DriverConfiguration(
                node,
                Path.of(environment.getOrDefault(
                        "KUBEHV_CSI_ENDPOINT", "/var/lib/kubelet/plugins/csi.kubehv.io/csi.sock")),
                registry.isEmpty() ? Optional.empty() : Optional.of(Path.of(registry)),
                Path.of(environment.getOrDefault("KUBEHV_POOL", "/var/lib/kubehv/pool")),
                Path.of(environment.getOrDefault("KUBEHV_POOL_IMAGE", "/var/lib/kubehv/pool.xfs")),
                bytes(environment.getOrDefault("KUBEHV_POOL_IMAGE_SIZE", "40Gi")),
                port(environment.getOrDefault("KUBEHV_MONITORING_PORT", "9808")));
    }

    private static long bytes(String quantity) {
        Matcher matcher = QUANTITY.matcher(quantity);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("KUBEHV_POOL_IMAGE_SIZE is \"" + quantity + "\", not like 40Gi");
        }
        String unit = Optional.ofNullable(matcher.group(2)).orElse("");
        int shift = switch (unit) {
            case "Mi" -> 20;
            case "Gi" -> 30;
            case "Ti" -> 40;
            default -> 0;
        };
        return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
    }

    private static int port(String text) {
        if (!text.matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("KUBEHV_MONITORING_PORT is \"" + text + "\", not a port");
        }
        return Integer.parseInt(text);
    }
}
