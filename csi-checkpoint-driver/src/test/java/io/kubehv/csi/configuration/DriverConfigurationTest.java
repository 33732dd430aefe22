package io.kubehv.csi.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DriverConfigurationTest {
    @Test
    void a_node_name_is_enough() {
        DriverConfiguration configuration = DriverConfiguration.from(Map.of("KUBEHV_NODE_NAME", "n1"));

        assertThat(configuration.endpoint()).isEqualTo(Path.of("/var/lib/kubelet/plugins/csi.kubehv.io/csi.sock"));
        assertThat(configuration.poolImageBytes()).isEqualTo(40L << 30);
        assertThat(configuration.registry()).isEmpty();
    }

    @Test
    void sizes_are_kubernetes_quantities() {
        assertThat(DriverConfiguration.from(Map.of("KUBEHV_NODE_NAME", "n1", "KUBEHV_POOL_IMAGE_SIZE", "512Mi"))
                        .poolImageBytes())
                .isEqualTo(512L << 20);
    }

    @Test
    void what_is_wrong_is_named() {
        assertThatThrownBy(() -> DriverConfiguration.from(Map.of())).hasMessageContaining("KUBEHV_NODE_NAME");
        assertThatThrownBy(() ->
                        DriverConfiguration.from(Map.of("KUBEHV_NODE_NAME", "n1", "KUBEHV_POOL_IMAGE_SIZE", "a lot")))
                .hasMessageContaining("\"a lot\"");
        assertThatThrownBy(() ->
                        DriverConfiguration.from(Map.of("KUBEHV_NODE_NAME", "n1", "KUBEHV_MONITORING_PORT", "http")))
                .hasMessageContaining("KUBEHV_MONITORING_PORT");
    }
}
