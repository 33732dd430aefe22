package io.kubehv.csi.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeIdTest {
    @Test
    void the_same_name_is_the_same_volume_and_another_on_another_node() {
        assertThat(VolumeId.of("a", "pvc-1")).isEqualTo(VolumeId.of("a", "pvc-1"));
        assertThat(VolumeId.of("a", "pvc-1")).isNotEqualTo(VolumeId.of("b", "pvc-1"));
        assertThat(VolumeId.of("a", "pvc-1")).isNotEqualTo(VolumeId.of("a", "pvc-2"));
    }

    @Test
    void its_text_is_its_id() {
        VolumeId id = VolumeId.of("a", "pvc-1");

        assertThat(VolumeId.parse(id.value())).contains(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "../../etc", "vol-", "vol-0123456789abcdef0123456789abcdeX", "vol-/../"})
    void nothing_else_becomes_a_path(String text) {
        assertThat(VolumeId.parse(text)).isEmpty();
    }
}
