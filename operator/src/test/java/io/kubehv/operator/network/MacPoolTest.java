package io.kubehv.operator.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MacPoolTest {
    private static MacPool pool(int size) {
        return new MacPool(new HandedOut(Clock.systemUTC()), new TestSettings(size));
    }

    @Test
    void it_gives_each_of_its_addresses_once_and_then_none() {
        MacPool pool = pool(3);
        Set<String> given = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            given.add(pool.next(address -> false).orElseThrow());
        }
        assertThat(given).containsExactlyInAnyOrder("00:15:5d:00:00:00", "00:15:5d:00:00:01", "00:15:5d:00:00:02");
        assertThat(pool.next(address -> false)).isEmpty();
    }

    @Test
    void what_some_vm_has_is_not_given() {
        assertThat(pool(3).next(address -> !address.endsWith(":01"))).contains("00:15:5d:00:00:01");
        assertThat(pool(3).next(address -> true)).isEmpty();
    }

    @Test
    void a_size_that_the_prefix_has_no_room_for_is_refused() {
        assertThatThrownBy(() -> pool((1 << 24) + 1)).hasMessageContaining("KUBEHV_MAC_POOL_SIZE is 16777217");
        assertThatThrownBy(() -> pool(0)).hasMessageContaining("KUBEHV_MAC_POOL_SIZE is 0");
    }
}
