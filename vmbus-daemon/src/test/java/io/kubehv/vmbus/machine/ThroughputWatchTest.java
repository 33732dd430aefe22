package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.hv.statistics.DiskStatistics;
import io.kubehv.vmbus.status.Trouble;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ThroughputWatchTest {
    private static final Duration CALM = ThroughputWatch.CALM;
    private static final Map<String, Long> MINIMUMS = Map.of("data", 100L);

    private final FakeHypervisor qemu = new FakeHypervisor();
    private long now;
    private final ThroughputWatch watch = new ThroughputWatch(() -> now);
    private DiskStatistics done = DiskStatistics.NONE;

    /** A second in which so many requests of 8 KiB were completed, with so many under way on average. */
    private void second(long requests, double underWay) {
        passes(Duration.ofSeconds(1), requests, underWay);
    }

    private void passes(Duration time, long requests, double underWay) {
        now += time.toNanos();
        done = new DiskStatistics(
                done.reads() + requests,
                done.readBytes() + requests * 8192,
                0,
                0,
                done.nanosInFlight() + Math.round(underWay * time.toNanos()));
        look();
    }

    private void look() {
        qemu.statistics = Map.of("data", done);
        watch.look(qemu, MINIMUMS);
    }

    private void seconds(int count, long requests, double underWay) {
        for (int i = 0; i < count; i++) {
            second(requests, underWay);
        }
    }

    @Test
    void a_disk_that_gets_too_little_while_its_guest_waits_is_told_of_and_no_longer_when_it_is_well() {
        look();
        passes(CALM, 370, 1.0);
        seconds(ThroughputWatch.CERTAIN - 2, 37, 1.0);
        assertThat(watch.trouble()).isEmpty();
        second(37, 1.0);
        assertThat(watch.trouble())
                .contains(new Trouble(
                        ConditionTypes.INSUFFICIENT_THROUGHPUT,
                        "BelowMinimum",
                        "disk \"data\" got 37 of the 100 requests a second that are its qos.minimumIOPS, though the guest"
                                + " asked for more"));
        seconds(ThroughputWatch.CERTAIN - 1, 200, 1.0);
        assertThat(watch.trouble()).isPresent();
        second(200, 1.0);
        assertThat(watch.trouble()).isEmpty();
        assertThat(watch.untilNext(MINIMUMS, Duration.ofMinutes(1))).isEqualTo(CALM);
    }

    @Test
    void a_disk_that_stays_too_slow_is_told_of_in_the_same_words() {
        look();
        passes(CALM, 370, 1.0);
        seconds(ThroughputWatch.CERTAIN, 37, 1.0);
        Trouble first = watch.trouble().orElseThrow();
        seconds(ThroughputWatch.CERTAIN, 25, 3.0);
        assertThat(watch.trouble()).contains(first);
    }

    @Test
    void a_guest_that_asks_for_little_lacks_nothing() {
        look();
        passes(CALM, 100, 0.2);
        passes(CALM, 0, 0);
        assertThat(watch.untilNext(MINIMUMS, Duration.ofMinutes(1))).isEqualTo(CALM);
        assertThat(watch.trouble()).isEmpty();
    }

    @Test
    void a_guest_that_asks_for_much_now_and_then_lacks_nothing() {
        look();
        passes(CALM, 100, 2.5);
        for (int i = 0; i < 20; i++) {
            second(50, 12.5);
            seconds(4, 0, 0);
        }
        assertThat(watch.trouble()).isEmpty();
    }

    @Test
    void a_guest_that_works_between_its_requests_lacks_what_it_would_have_had_the_time_for() {
        Duration second = Duration.ofSeconds(1);
        DiskStatistics half = new DiskStatistics(60, 60 * 8192, 0, 0, second.toNanos() / 2);
        assertThat(ThroughputWatch.lacks(half, 100, second)).isTrue();
        assertThat(ThroughputWatch.lacks(half, 130, second)).isFalse();
    }

    @Test
    void each_begun_eight_kibibytes_of_a_request_count() {
        assertThat(new DiskStatistics(10, 10 * 65536, 5, 5 * 512, 0).requests(8192))
                .isEqualTo(85);
        assertThat(new DiskStatistics(10, 10 * 8193, 0, 0, 0).requests(8192)).isEqualTo(20);
        assertThat(ThroughputWatch.lacks(new DiskStatistics(130, 130 * 65536, 0, 0, CALM.toNanos()), 100, CALM))
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
        assertThat(watch.untilNext(MINIMUMS, Duration.ofSeconds(30))).isEqualTo(CALM);
    }

    @Test
    void what_an_earlier_daemon_told_stays_until_it_is_measured() {
        Trouble told = new Trouble(ConditionTypes.INSUFFICIENT_THROUGHPUT, "BelowMinimum", "as before");
        watch.knows(told);
        look();
        assertThat(watch.trouble()).contains(told);
        passes(CALM, 2000, 1.0);
        assertThat(watch.trouble()).isEmpty();
    }

    @Test
    void what_an_earlier_daemon_told_stays_while_it_may_be_so() {
        Trouble told = new Trouble(ConditionTypes.INSUFFICIENT_THROUGHPUT, "BelowMinimum", "as before");
        watch.knows(told);
        look();
        passes(CALM, 370, 1.0);
        assertThat(watch.trouble()).contains(told);
    }

    @Test
    void a_disk_that_came_back_counts_anew() {
        look();
        passes(CALM, 370, 1.0);
        seconds(ThroughputWatch.CERTAIN - 2, 37, 1.0);
        done = DiskStatistics.NONE;
        second(0, 0);
        second(37, 1.0);
        assertThat(watch.trouble()).isEmpty();
    }
}
