package io.kubehv.cni.endpoint;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.spec.CniCall;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How the shim and this program speak (shim/kubehv-switch.c): "KHV1", the length of the rest, each variable with a zero after
 * it, the configuration; and back, the length of the rest, a byte that is the exit status, and what goes to standard output.
 */
final class ShimMessage {
    private static final int MAGIC = 0x4B485631;
    private static final int HEADER_BYTES = 8;

    /** CNI_COMMAND, CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME, CNI_ARGS, CNI_PATH. */
    private static final int VARIABLES = 6;

    /** The shim sends no more. */
    private static final int LARGEST = (2 << 20) + VARIABLES * 8192;

    private ShimMessage() {}

    /** Reads one call. */
    static CniCall read(ReadableByteChannel channel) throws IOException, SwitchException {
        ByteBuffer header = read(channel, HEADER_BYTES);
        int length = header.getInt(4);
        if (header.getInt(0) != MAGIC || length < VARIABLES || length > LARGEST) {
            throw new SwitchException.Undecodable("what called is not this version's shim", null);
        }
        return parse(read(channel, length).array());
    }

    /** Reads the rest of a call. */
    static CniCall parse(byte[] rest) throws SwitchException {
        String[] variables = new String[VARIABLES];
        int start = 0;
        for (int i = 0; i < VARIABLES; i++) {
            int end = start;
            while (end < rest.length && rest[end] != 0) {
                end++;
            }
            if (end == rest.length) {
                throw new SwitchException.Undecodable("a variable of the call does not end", null);
            }
            variables[i] = new String(rest, start, end - start, StandardCharsets.UTF_8);
            start = end + 1;
        }
        return CniCall.of(
                variables[0],
                variables[1],
                variables[2],
                variables[3],
                variables[4],
                Arrays.copyOfRange(rest, start, rest.length));
    }

    /** A whole call, as it stands in the spool. */
    static CniCall parseWhole(byte[] message) throws SwitchException {
        if (message.length < HEADER_BYTES || ByteBuffer.wrap(message).getInt() != MAGIC) {
            throw new SwitchException.Undecodable("it is no call of the shim", null);
        }
        return parse(Arrays.copyOfRange(message, HEADER_BYTES, message.length));
    }

    static ByteBuffer answer(boolean isError, String output) {
        byte[] text = output.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Integer.BYTES + 1 + text.length)
                .putInt(1 + text.length)
                .put((byte) (isError ? 1 : 0))
                .put(text)
                .flip();
    }

    private static ByteBuffer read(ReadableByteChannel channel, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException("the shim ended in the middle of its call");
            }
        }
        return bytes.flip();
    }
}
