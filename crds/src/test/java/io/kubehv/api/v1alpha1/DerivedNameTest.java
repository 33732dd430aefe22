package io.kubehv.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DerivedNameTest {
    @Test
    void a_short_name_stays_readable() {
        assertThat(DerivedName.of("web", "saved-state")).isEqualTo("web-saved-state");
    }

    @Test
    void a_long_name_is_cut_and_stays_its_own() {
        String one = DerivedName.of("a".repeat(252) + "1", "saved-state");
        String other = DerivedName.of("a".repeat(252) + "2", "saved-state");

        assertThat(one).hasSize(154).endsWith("-saved-state").isNotEqualTo(other);
    }

    @Test
    void a_cut_at_a_dot_leaves_a_valid_name() {
        String base = "a".repeat(130) + "." + "b".repeat(122);
        assertThat(DerivedName.of(base, "saved-state"))
                .matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    }
}
