package io.kubehv.csi.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.state.AccessType;
import io.kubehv.csi.state.Contents;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VolumePageTest {
    private static final List<VolumeRecord> FIVE = IntStream.range(0, 5)
            .mapToObj(i -> new VolumeRecord(
                    VolumeId.of("node", "volume " + i),
                    "volume " + i,
                    1,
                    Contents.DISK,
                    AccessType.MOUNT,
                    null,
                    null,
                    "now",
                    Map.of()))
            .sorted(Comparator.comparing(VolumeRecord::id))
            .toList();

    @Test
    void all_pages_together_are_the_listing() {
        List<VolumeRecord> seen = new ArrayList<>();
        String token = "";
        do {
            VolumePage page = VolumePage.of(FIVE, token, 2);
            assertThat(page.volumes()).hasSizeLessThanOrEqualTo(2);
            seen.addAll(page.volumes());
            token = page.nextToken();
        } while (!token.isEmpty());

        assertThat(seen).isEqualTo(FIVE);
    }

    @Test
    void a_page_goes_on_where_its_first_volume_was_deleted() {
        VolumePage first = VolumePage.of(FIVE, "", 2);
        List<VolumeRecord> less = new ArrayList<>(FIVE);
        less.remove(2);

        assertThat(VolumePage.of(less, first.nextToken(), 0).volumes()).isEqualTo(FIVE.subList(3, 5));
    }

    @Test
    void a_foreign_token_starts_the_listing_over() {
        assertThatThrownBy(() -> VolumePage.of(FIVE, "page-2", 0)).isInstanceOf(CsiException.Aborted.class);
    }
}
