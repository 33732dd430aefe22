package io.kubehv.csi.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.state.TestVolumes;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PageTest {
    private static final Page.Naming<VolumeRecord, VolumeId> NAMING =
            new Page.Naming<>(VolumeRecord::id, VolumeId::parse);

    private static final List<VolumeRecord> FIVE = IntStream.range(0, 5)
            .mapToObj(i -> TestVolumes.disk("volume " + i, 1))
            .sorted(Comparator.comparing(VolumeRecord::id))
            .toList();

    @Test
    void all_pages_together_are_the_listing() {
        List<VolumeRecord> seen = new ArrayList<>();
        String token = "";
        do {
            Page<VolumeRecord> page = Page.of(FIVE, NAMING, token, 2);
            assertThat(page.entries()).hasSizeLessThanOrEqualTo(2);
            seen.addAll(page.entries());
            token = page.nextToken();
        } while (!token.isEmpty());

        assertThat(seen).isEqualTo(FIVE);
    }

    @Test
    void a_page_goes_on_where_its_first_volume_was_deleted() {
        Page<VolumeRecord> first = Page.of(FIVE, NAMING, "", 2);
        List<VolumeRecord> less = new ArrayList<>(FIVE);
        less.remove(2);

        assertThat(Page.of(less, NAMING, first.nextToken(), 0).entries()).isEqualTo(FIVE.subList(3, 5));
    }

    @Test
    void a_foreign_token_starts_the_listing_over() {
        assertThatThrownBy(() -> Page.of(FIVE, NAMING, "page-2", 0)).isInstanceOf(CsiException.Aborted.class);
    }
}
