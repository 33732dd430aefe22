package io.kubehv.hv.qmp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.qmp.QmpProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QmpCodecTest {
    /** Captured from QEMU 10.0.13. */
    private static final List<String> CAPTURED = List.of(
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 13, \"minor\": 0, \"major\": 10}, \"package\": \"Debian 1:10.0.13+ds-0+deb13u1\"}, \"capabilities\": [\"oob\"]}}\r",
            "{\"return\": {}, \"id\": \"kubehv-1\"}\r",
            "{\"return\": {\"status\": \"prelaunch\", \"running\": false}, \"id\": \"kubehv-2\"}\r",
            "{\"id\": \"kubehv-3\", \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command x has not been found\"}}\r",
            "{\"timestamp\": {\"seconds\": 1763870000, \"microseconds\": 123456}, \"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}\r",
            "{\"timestamp\": {\"seconds\": -1, \"microseconds\": -1}, \"event\": \"RESUME\"}\r");

    @Test
    void a_command_is_one_line_with_its_id() {
        assertThat(new String(
                        QmpCodec.command("migrate", Map.of("uri", "unix:/run/a\nb"), "kubehv-7"),
                        StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"unix:/run/a\\nb\"},\"id\":\"kubehv-7\"}\n");
    }

    @Test
    void the_greeting_tells_the_version() throws Exception {
        assertThat(parse(CAPTURED.get(0))).isEqualTo(new QmpMessage.Greeting("10.0.13"));
    }

    @Test
    void an_answer_carries_its_id_and_value() throws Exception {
        assertThat(parse(CAPTURED.get(2))).isInstanceOfSatisfying(QmpMessage.Return.class, answer -> {
            assertThat(answer.id()).isEqualTo("kubehv-2");
            assertThat(answer.value().path("status").asText()).isEqualTo("prelaunch");
        });
    }

    @Test
    void a_refusal_carries_class_and_description() throws Exception {
        assertThat(parse(CAPTURED.get(3)))
                .isEqualTo(new QmpMessage.Failure("kubehv-3", "CommandNotFound", "The command x has not been found"));
    }

    @Test
    void an_event_carries_its_time_and_a_broken_clock_loses_no_event() throws Exception {
        assertThat(parse(CAPTURED.get(4))).isInstanceOfSatisfying(QmpMessage.Event.class, event -> {
            assertThat(event.name()).isEqualTo("SHUTDOWN");
            assertThat(event.data().path("guest").asBoolean()).isTrue();
            assertThat(event.time()).isEqualTo(Instant.ofEpochSecond(1763870000, 123_456_000));
        });
        assertThat(parse(CAPTURED.get(5))).isInstanceOfSatisfying(QmpMessage.Event.class, event -> {
            assertThat(event.time()).isEqualTo(Instant.EPOCH);
            assertThat(event.data().isEmpty()).isTrue();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "7", "null", "{}", "{\"QMP\":7}", "{\"event\":{}}", "{\"return\":{}} {}", "{\"a\":"})
    void anything_else_is_a_protocol_error(String line) {
        assertThatThrownBy(() -> parse(line)).isInstanceOf(QmpProtocolException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void any_bytes_give_a_message_or_a_protocol_error(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int i = 0; i < 5_000; i++) {
            byte[] line = mutated(random);
            try {
                assertThat(QmpCodec.parse(line)).isNotNull();
            } catch (QmpProtocolException e) {
                assertThat(e.getMessage()).hasSizeLessThan(400);
            }
        }
    }

    @Test
    void deep_nesting_is_refused_and_does_not_overflow_the_stack() {
        byte[] line = ("{\"return\":" + "[".repeat(100_000)).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> QmpCodec.parse(line)).isInstanceOf(QmpProtocolException.class);
    }

    @Test
    void a_short_text_that_makes_a_huge_tree_is_refused() {
        byte[] line = ("{\"return\":[" + "[],".repeat(60_000) + "[]]}").getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> QmpCodec.parse(line)).isInstanceOf(QmpProtocolException.class);
    }

    private static byte[] mutated(RandomGenerator random) {
        byte[] line = CAPTURED.get(random.nextInt(CAPTURED.size())).getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(0, 6); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> line[random.nextInt(line.length)] = (byte) random.nextInt();
                case 1 -> line = Arrays.copyOf(line, random.nextInt(1, line.length + 1));
                case 2 -> line[random.nextInt(line.length)] = (byte) "{}[]\":,0-eE".charAt(random.nextInt(11));
                default -> {
                    int at = random.nextInt(line.length);
                    byte[] longer = Arrays.copyOf(line, line.length + 20);
                    System.arraycopy(line, at, longer, at + 20, line.length - at);
                    line = longer;
                }
            }
        }
        return line;
    }

    private static QmpMessage parse(String line) throws QmpProtocolException {
        return QmpCodec.parse(line.getBytes(StandardCharsets.UTF_8));
    }
}
