package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.hv.statistics.DiskStatistics;
import io.kubehv.vmbus.status.Trouble;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ThroughputWatchTest {
    private static final Duration TEN_SECONDS = ThroughputWatch.SAMPLE;
    private static final Map<String, Long> MINIMUMS = Map.of("data", 100L);

    private final FakeHypervisor qemu = new FakeHypervisor();
    private long now;
    private final ThroughputWatch watch = new ThroughputWatch(() -> now);
    private DiskStatistics done = DiskStatistics.NONE;

    /** Ten seconds in which so many requests of 8 KiB were completed, and one was under way for this share of the time. */
    private void passes(long requests, double busy) {
        now += TEN_SECONDS.toNanos();
        done = new DiskStatistics(
                done.reads() + requests,
                done.readBytes() + requests * 8192,
                0,
                0,
                done.nanosInFlight() + Math.round(busy * TEN_SECONDS.toNanos()));
        look();
    }

    private void look() {
        qemu.statistics = Map.of("data", done);
        watch.look(qemu, MINIMUMS);
    }

    @Test
    void a_disk_that_gets_too_little_while_its_guest_waits_is_told_of_and_no_longer_when_it_is_well() {
        look();
        passes(370, 1.0);
        assertThat(watch.trouble()).isEmpty();
        passes(370, 1.0);
        assertThat(watch.trouble())
                .contains(new Trouble(
                        ConditionTypes.INSUFFICIENT_THROUGHPUT,
                        "BelowMinimum",
                        "disk \"data\" got 37 of the 100 requests a second that are its qos.minimumIOPS, though the guest"
                                + " asked for more"));
        passes(2000, 1.0);
        assertThat(watch.trouble()).isPresent();
        passes(2000, 1.0);
        assertThat(watch.trouble()).isEmpty();
    }

    @Test
    void a_disk_that_stays_too_slow_is_told_of_in_the_same_words() {
        look();
        passes(370, 1.0);
        passes(370, 1.0);
        Trouble first = watch.trouble().orElseThrow();
        passes(250, 1.0);
        passes(410, 2.0);
        assertThat(watch.trouble()).contains(first);
    }

    @Test
    void a_guest_that_asks_for_little_lacks_nothing() {
        look();
        passes(10, 0.2);
        passes(10, 0.2);
        passes(0, 0);
        assertThat(watch.trouble()).isEmpty();
    }

    @Test
    void each_begun_eight_kibibytes_of_a_request_count() {
        assertThat(new DiskStatistics(10, 10 * 65536, 5, 5 * 512, 0).requests(8192))
                .isEqualTo(85);
        assertThat(new DiskStatistics(10, 10 * 8193, 0, 0, 0).requests(8192)).isEqualTo(20);
        assertThat(ThroughputWatch.lacks(
                        new DiskStatistics(130, 130 * 65536, 0, 0, TEN_SECONDS.toNanos()), 100, TEN_SECONDS))
                .as("13 requests of 64 KiB a second are 104")
                .isFalse();
    }

    @Test
    void a_machine_without_minimums_is_never_asked_and_another_once_in_ten_seconds() {
        watch.look(qemu, Map.of());
        assertThat(qemu.asked).isZero();
        look();
        look();
        assertThat(qemu.asked).isEqualTo(1);
        assertThat(watch.untilNext(MINIMUMS, Duration.ofSeconds(30))).isEqualTo(TEN_SECONDS);
    }

    @Test
    void what_an_earlier_daemon_told_stays_until_it_is_measured() {
        Trouble told = new Trouble(ConditionTypes.INSUFFICIENT_THROUGHPUT, "BelowMinimum", "as before");
        watch.knows(told);
        look();
        passes(2000, 1.0);
        assertThat(watch.trouble()).contains(told);
        passes(2000, 1.0);
        assertThat(watch.trouble()).isEmpty();
    }

    @Test
    void a_disk_that_came_back_counts_anew() {
        look();
        passes(370, 1.0);
        done = DiskStatistics.NONE;
        passes(370, 1.0);
        assertThat(watch.trouble()).isEmpty();
    }
}
