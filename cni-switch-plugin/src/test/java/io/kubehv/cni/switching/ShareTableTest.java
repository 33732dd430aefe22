package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.netlink.ShareQueue.Share;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ShareTableTest {
    private static SwitchPort port(@Nullable Integer weight, @Nullable Long bits) {
        return TestPort.on("lab", "00:15:5d:00:00:0a").minimum(weight, bits).port();
    }

    @Test
    void weights_are_parts_of_their_sum_with_one_for_all_others() {
        ShareTable table = ShareTable.of(
                MinimumBandwidthMode.WEIGHT,
                OptionalLong.of(1_000_000),
                Map.of("kvp1", port(100, null), "kvp2", port(99, null)));
        assertThat(table.byLink())
                .containsOnly(
                        Map.entry("kvp1", new Share(500_000, 1_000_000, 200_000)),
                        Map.entry("kvp2", new Share(495_000, 1_000_000, 198_000)));
        assertThat(table.rest()).isEqualTo(new Share(5_000, 1_000_000, 2_000));
    }

    @Test
    void where_the_capacity_is_not_known_the_turns_are_what_counts() {
        ShareTable table =
                ShareTable.of(MinimumBandwidthMode.WEIGHT, OptionalLong.empty(), Map.of("kvp1", port(9, null)));
        assertThat(table.capacity()).isEqualTo(1_000_000_000_000L);
        assertThat(table.byLink().get("kvp1")).isEqualTo(new Share(900_000_000_000L, 1_000_000_000_000L, 18_000));
    }

    @Test
    void what_is_promised_is_a_class_of_its_own_and_a_tenth_is_for_all_others() {
        ShareTable table = ShareTable.of(
                MinimumBandwidthMode.ABSOLUTE,
                OptionalLong.of(1_000_000),
                Map.of("kvp1", port(null, 400_000L), "kvp2", port(null, 8_000L)));
        assertThat(table.byLink())
                .containsOnly(
                        Map.entry("kvp1", new Share(400_000, 1_000_000, 200_000)),
                        Map.entry("kvp2", new Share(8_000, 1_000_000, 4_000)));
        assertThat(table.rest()).isEqualTo(new Share(100_000, 1_000_000, 50_000));
        assertThat(ShareTable.promised(List.of(port(null, 400_000L), port(null, null), port(5, null))))
                .isEqualTo(400_000);
        assertThat(ShareTable.mostPromised(1_000_000)).isEqualTo(900_000);
    }
}
