package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ResetEchoTest {
    private long now;

    @Test
    void the_reset_that_firmware_adds_to_a_watchdogs_is_not_one_of_its_own() {
        ResetEcho resets = new ResetEcho(() -> now);
        assertThat(resets.isOneOfItsOwn()).isTrue();
        now += Duration.ofMillis(300).toNanos();
        assertThat(resets.isOneOfItsOwn()).isFalse();
        now += Duration.ofSeconds(30).toNanos();
        assertThat(resets.isOneOfItsOwn()).isTrue();
    }
}
