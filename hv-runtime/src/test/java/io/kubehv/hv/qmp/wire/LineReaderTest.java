package io.kubehv.hv.qmp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.qmp.QmpProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
    @Test
    void a_last_line_without_an_end_is_dropped() throws Exception {
        assertThat(lines(new Pieces("one\ntwo".getBytes(StandardCharsets.UTF_8), () -> 3), 100))
                .containsExactly("one");
    }

    @Test
    void a_line_at_the_limit_passes_and_one_byte_more_is_refused() throws Exception {
        assertThat(lines(new Pieces("12345\n".getBytes(StandardCharsets.UTF_8), () -> 2), 5))
                .containsExactly("12345");
        assertThatThrownBy(() -> lines(new Pieces("123456\n".getBytes(StandardCharsets.UTF_8), () -> 100), 5))
                .isInstanceOf(QmpProtocolException.class)
                .hasMessageContaining("longer than 5 bytes");
    }

    @Test
    void a_line_that_never_ends_is_refused_before_it_fills_the_memory() {
        Pieces endless = new Pieces(new byte[1 << 20], () -> 4096);
        assertThatThrownBy(() -> lines(endless, 10_000)).isInstanceOf(QmpProtocolException.class);
        assertThat(endless.position).isLessThan(64 << 10);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void lines_are_the_same_however_the_bytes_arrive(long seed) throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        List<String> expected = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            String line = "x".repeat(random.nextInt(0, 400)) + i;
            expected.add(line);
            text.append(line).append('\n');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        assertThat(lines(new Pieces(bytes, () -> random.nextInt(0, 700)), 1 << 20))
                .isEqualTo(expected);
    }

    private static List<String> lines(Pieces channel, int limit) throws Exception {
        LineReader reader = new LineReader(channel, limit);
        List<String> lines = new ArrayList<>();
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            lines.add(new String(line, StandardCharsets.UTF_8));
        }
        return lines;
    }

    /** Gives its bytes in pieces of the sizes that it is told. */
    private static final class Pieces implements ReadableByteChannel {
        private final byte[] bytes;
        private final java.util.function.IntSupplier size;
        private int position;

        Pieces(byte[] bytes, java.util.function.IntSupplier size) {
            this.bytes = bytes;
            this.size = size;
        }

        @Override
        public int read(ByteBuffer target) {
            if (position == bytes.length) {
                return -1;
            }
            int count = Math.min(Math.min(size.getAsInt(), target.remaining()), bytes.length - position);
            target.put(bytes, position, count);
            position += count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
