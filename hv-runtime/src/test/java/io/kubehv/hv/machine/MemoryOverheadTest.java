package io.kubehv.hv.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.hv.definition.Devices;
import io.kubehv.hv.definition.Devices.Screen;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Acceleration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryOverheadTest {
    private static VirtualMachineDefinition machine(int processors, long memory, Acceleration acceleration) {
        return Definitions.machine()
                .processors(processors)
                .memory(memory)
                .acceleration(acceleration)
                .build();
    }

    @Test
    void a_machine_that_may_be_emulated_has_room_for_translated_code() {
        long preferred = MemoryOverhead.bytes(machine(1, 1 << 30, Acceleration.PREFERRED));
        long required = MemoryOverhead.bytes(machine(1, 1 << 30, Acceleration.REQUIRED));
        assertThat(preferred - required).isGreaterThanOrEqualTo((long) MemoryOverhead.TRANSLATION_BUFFER_MIB << 20);
    }

    @Test
    void processors_and_memory_cost_more() {
        long small = MemoryOverhead.bytes(machine(1, 1 << 30, Acceleration.REQUIRED));
        assertThat(MemoryOverhead.bytes(machine(2, 1 << 30, Acceleration.REQUIRED)))
                .isGreaterThan(small);
        assertThat(MemoryOverhead.bytes(machine(1, 64L << 30, Acceleration.REQUIRED)))
                .isGreaterThanOrEqualTo(small + (252L << 20));
    }

    @Test
    void it_stays_below_the_290_MiB_that_others_reserve() {
        assertThat(MemoryOverhead.bytes(machine(1, 1 << 30, Acceleration.PREFERRED)))
                .isLessThan(290L << 20);
    }

    @Test
    void only_a_screen_that_is_larger_than_usual_costs_more() {
        long usual = MemoryOverhead.bytes(Definitions.machine().build());
        Devices large = new Devices(null, List.of(), new Screen(3840, 2160), "UTC");
        Devices none = new Devices(null, List.of(), null, "UTC");
        assertThat(MemoryOverhead.bytes(Definitions.machine().devices(none).build()))
                .isEqualTo(usual);
        assertThat(MemoryOverhead.bytes(Definitions.machine().devices(large).build()))
                .isBetween(usual + (40L << 20), usual + (64L << 20));
    }
}
