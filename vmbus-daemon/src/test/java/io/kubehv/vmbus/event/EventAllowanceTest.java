package io.kubehv.vmbus.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class EventAllowanceTest {
    private long now = 7;
    private final EventAllowance allowance = new EventAllowance(() -> now);

    private int taken(int tries) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += allowance.take(MachineEvent.GUEST_RESET) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void some_at_once_and_then_one_a_minute() {
        assertThat(taken(100)).isEqualTo(5);
        now += Duration.ofSeconds(59).toNanos();
        assertThat(taken(100)).isZero();
        now += Duration.ofSeconds(61).toNanos();
        assertThat(taken(100)).isEqualTo(2);
        now += Duration.ofDays(1).toNanos();
        assertThat(taken(100)).isEqualTo(5);
    }
}
