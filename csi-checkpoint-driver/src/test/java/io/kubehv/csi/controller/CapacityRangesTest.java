package io.kubehv.csi.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.proto.CapacityRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapacityRangesTest {
    private static final long MEBIBYTE = 1L << 20;
    private static final long GIBIBYTE = 1L << 30;

    private static CapacityRange range(long required, long limit) {
        return CapacityRange.newBuilder()
                .setRequiredBytes(required)
                .setLimitBytes(limit)
                .build();
    }

    @Test
    void without_a_wish_a_volume_has_a_gibibyte() {
        assertThat(CapacityRanges.choose(range(0, 0), MEBIBYTE)).isEqualTo(GIBIBYTE);
    }

    @Test
    void a_limit_alone_caps_the_default() {
        assertThat(CapacityRanges.choose(range(0, 16 * MEBIBYTE), MEBIBYTE)).isEqualTo(16 * MEBIBYTE);
    }

    @ParameterizedTest
    @CsvSource({"1, 4096", "4096, 4096", "4097, 8192"})
    void sizes_are_whole_pages(long required, long size) {
        assertThat(CapacityRanges.choose(range(required, 0), 0)).isEqualTo(size);
    }

    @Test
    void a_source_that_is_bigger_than_the_limit_can_not_be_cloned() {
        assertThatThrownBy(() -> CapacityRanges.choose(range(MEBIBYTE, 2 * MEBIBYTE), 3 * MEBIBYTE))
                .isInstanceOf(CsiException.OutOfRange.class)
                .hasMessageContaining("3145728");
    }

    @Test
    void rounding_up_never_exceeds_the_limit() {
        assertThatThrownBy(() -> CapacityRanges.choose(range(5000, 5000), 0))
                .isInstanceOf(CsiException.OutOfRange.class);
    }

    @Test
    void contradictions_are_refused() {
        assertThatThrownBy(() -> CapacityRanges.choose(range(2, 1), 0)).isInstanceOf(CsiException.OutOfRange.class);
        assertThatThrownBy(() -> CapacityRanges.choose(range(-1, 0), 0))
                .isInstanceOf(CsiException.InvalidRequest.class);
        assertThatThrownBy(() -> CapacityRanges.choose(range(Long.MAX_VALUE, 0), 0))
                .isInstanceOf(CsiException.OutOfRange.class);
    }

    @Test
    void a_volume_fits_a_range_at_both_ends() {
        assertThat(CapacityRanges.contains(range(10, 20), 10)).isTrue();
        assertThat(CapacityRanges.contains(range(10, 20), 20)).isTrue();
        assertThat(CapacityRanges.contains(range(10, 20), 21)).isFalse();
        assertThat(CapacityRanges.contains(range(10, 0), 9)).isFalse();
    }
}
