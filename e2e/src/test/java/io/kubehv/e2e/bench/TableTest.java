package io.kubehv.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void a_table_is_aligned_markdown() {
        assertThat(new Table("Start", "phase", "p50")
                        .row("apply", "1.25 s")
                        .row("login prompt", "12.00 s")
                        .note("Noisy.")
                        .markdown())
                .isEqualTo("""
                        ### Start

                        | phase        |     p50 |
                        | ------------ | ------: |
                        | apply        |  1.25 s |
                        | login prompt | 12.00 s |

                        Noisy.
                        """);
    }

    @Test
    void a_row_with_a_cell_too_few_is_refused() {
        assertThatThrownBy(() -> new Table("Start", "phase", "p50").row("apply"))
                .hasMessage("1 cells for the 2 columns of 'Start'");
    }
}
