package io.kubehv.csi.state;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.error.CsiException;
import org.junit.jupiter.api.Test;

class PoolLocksTest {
    private static final VolumeId ONE = VolumeId.of("node", "one");
    private static final VolumeId TWO = VolumeId.of("node", "two");

    private final PoolLocks locks = new PoolLocks();

    @Test
    void a_second_call_on_a_volume_is_turned_away() {
        try (PoolLocks.Held _ = locks.exclusively(ONE)) {
            assertThatThrownBy(() -> locks.exclusively(ONE)).isInstanceOf(CsiException.Aborted.class);
            assertThatThrownBy(() -> locks.shared(ONE)).isInstanceOf(CsiException.Aborted.class);
            assertThatCode(() -> locks.exclusively(TWO).close()).doesNotThrowAnyException();
        }
        assertThatCode(() -> locks.exclusively(ONE).close()).doesNotThrowAnyException();
    }

    @Test
    void a_source_is_cloned_many_times_at_once_and_not_deleted_meanwhile() {
        PoolLocks.Held first = locks.shared(ONE);
        PoolLocks.Held second = locks.shared(ONE);
        first.close();

        assertThatThrownBy(() -> locks.exclusively(ONE)).isInstanceOf(CsiException.Aborted.class);

        second.close();
        assertThatCode(() -> locks.exclusively(ONE).close()).doesNotThrowAnyException();
    }
}
