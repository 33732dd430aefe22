package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PodMemoryTest {
    private static final long MIB = 1L << 20;

    /** Cut from a real QEMU of 128 MiB, and the pause container beside it. */
    private static final String SMAPS = """
            process pause
            00400000-00401000 r--p 00000000 fe:00 5 /pause
            Size:                  4 kB
            Rss:                   4 kB
            Pss:                   2 kB
            Anonymous:             0 kB
            VmFlags: rd mr mw me sd
            process qemu-system-x86
            7f0000000000-7f0008000000 rw-p 00000000 00:00 0
            Size:             131072 kB
            KernelPageSize:        4 kB
            Rss:               90112 kB
            Pss:               90112 kB
            Pss_Dirty:         90112 kB
            Anonymous:         90112 kB
            VmFlags: rd wr mr mw me ac sd dd hg mg
            7f0010000000-7f0018000000 ---p 00000000 00:00 0
            Size:             131072 kB
            Rss:                   0 kB
            Pss:                   0 kB
            Anonymous:             0 kB
            7f0020000000-7f0021000000 r-xp 00000000 fe:00 77                         /usr/bin/qemu-system-x86_64
            Size:              16384 kB
            Rss:                8192 kB
            Pss:                4096 kB
            Anonymous:            64 kB
            """;

    @Test
    void the_guests_memory_is_told_from_the_rest() {
        PodMemory memory = PodMemory.parse(SMAPS);

        assertThat(memory.guest(128 * MIB).resident()).isEqualTo(88 * MIB);
        assertThat(memory.proportional()).isEqualTo(92 * MIB + 2048);
        assertThat(memory.resident()).isEqualTo(96 * MIB + 4096);
        assertThat(memory.overhead(128 * MIB)).isEqualTo(4 * MIB + 2048);
        assertThat(memory.anonymousOverhead(128 * MIB)).isEqualTo(64 << 10);
    }

    @Test
    void a_guest_that_is_not_there_is_an_error_and_not_zero() {
        assertThatThrownBy(() -> PodMemory.parse(SMAPS).guest(256 * MIB)).hasMessageContaining("no mapping");
    }
}
