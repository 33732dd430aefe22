package io.kubehv.csi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CommandTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    @Test
    void a_program_that_does_not_end_is_given_up_with_what_it_said() {
        List<String> command = List.of("sh", "-c", "echo started; exec sleep 60");

        assertThatThrownBy(() -> Command.run(Set.of(0), command, SHORT))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("no end after")
                .hasMessageContaining("started");
    }

    @Test
    void a_child_that_a_program_leaves_behind_is_not_waited_for() throws IOException {
        long started = System.nanoTime();

        assertThat(Command.run("sh", "-c", "sleep 20 & echo done")).isEqualTo("done");

        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started)).isLessThan(10);
    }

    @Test
    void a_program_that_says_much_ends_all_the_same() throws IOException {
        assertThat(Command.run("sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"))
                .startsWith("xxx");
    }

    @Test
    void a_failure_has_what_the_program_said() {
        assertThatThrownBy(() -> Command.run("sh", "-c", "echo this is why >&2; exit 3"))
                .hasMessageContaining("exit code 3: this is why");
    }
}
