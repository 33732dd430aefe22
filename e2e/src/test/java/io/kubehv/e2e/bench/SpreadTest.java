package io.kubehv.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void quantiles_are_times_that_were_measured() {
        Spread twenty = new Spread(
                IntStream.rangeClosed(1, 20).mapToObj(Duration::ofSeconds).toList());

        assertThat(twenty.p50()).isEqualTo("10.00 s");
        assertThat(twenty.p95()).isEqualTo("19.00 s");
    }

    @Test
    void the_order_of_measuring_does_not_matter() {
        Spread three = new Spread(List.of(Duration.ofMillis(300), Duration.ofMillis(100), Duration.ofMillis(200)));

        assertThat(three.least()).isEqualTo("0.10 s");
        assertThat(three.p50()).isEqualTo("0.20 s");
        assertThat(three.p95()).isEqualTo("0.30 s");
    }

    @Test
    void a_call_s_time_is_told_in_milliseconds() {
        Spread calls = new Spread(List.of(Duration.ofNanos(3_260_000), Duration.ofNanos(20_000_000)));

        assertThat(calls.p50Milliseconds()).isEqualTo("3.3 ms");
        assertThat(calls.p95Milliseconds()).isEqualTo("20.0 ms");
    }

    @Test
    void nothing_measured_is_no_figure() {
        assertThat(new Spread(List.of()).p50()).isEqualTo("—");
    }
}
