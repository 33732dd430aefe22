package io.kubehv.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LevelOneTest {
    @Test
    void accounts_are_found_between_the_lines_of_a_boot() {
        assertThat(LevelOne.parse("""
                        guests: unpacking
                        machine 1 pss 3000 ram-pss 1000 anonymous 2500 ram-anonymous 1000 stage booted
                        machine 2-secure pss 4000 ram-pss 1000 anonymous 2600 ram-anonymous 1000 stage firmware
                        l1: exit 0
                        """))
                .containsExactly(
                        new LevelOne("1", 2000 << 10, 1500 << 10, true),
                        new LevelOne("2-secure", 3000 << 10, 1600 << 10, false));
    }
}
