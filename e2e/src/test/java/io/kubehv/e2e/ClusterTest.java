package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClusterTest {
    @Test
    void a_command_that_does_not_end_fails_the_test_with_what_it_printed() {
        assertThatThrownBy(() -> Cluster.run(Duration.ofMillis(300), "sh", "-c", "echo started; exec sleep 60"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("did not end")
                .hasMessageContaining("started");
    }

    @Test
    void what_a_command_leaves_running_is_not_waited_for() {
        assertThat(Cluster.run(Duration.ofSeconds(10), "sh", "-c", "sleep 20 & echo done"))
                .isEqualTo("done\n");
    }
}
