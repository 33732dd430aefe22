package io.kubehv.csi.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a program prints, gathered beside it: who reads it himself waits for its end and for the end of all whom it has
 * started, and can keep no deadline. In memory, as a full disk must stop no mount.
 */
final class CommandOutput {
    private static final int CHUNK_BYTES = 4096;

    /** What a program of ours says fits; more is read, for it to go on, and forgotten. */
    private static final int KEPT_BYTES = 64 * 1024;

    private static final long PATIENCE_MILLIS = 1000;

    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
    private final Thread reader;

    private CommandOutput(InputStream output) {
        this.reader = Thread.ofPlatform().name("command-output").daemon().unstarted(() -> gather(output));
    }

    static CommandOutput of(Process process) {
        CommandOutput output = new CommandOutput(process.getInputStream());
        output.reader.start();
        return output;
    }

    private void gather(InputStream output) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            for (int read = output.read(chunk); read >= 0; read = output.read(chunk)) {
                keep(chunk, read);
            }
        } catch (IOException closed) {
            // The program was killed; what it had said is there.
        }
    }

    private void keep(byte[] chunk, int length) {
        synchronized (gathered) {
            gathered.write(chunk, 0, Math.min(length, KEPT_BYTES - gathered.size()));
        }
    }

    /** What was printed until the program's end; a child of its own that holds the pipe open is not waited for. */
    String text() throws InterruptedException {
        reader.join(PATIENCE_MILLIS);
        synchronized (gathered) {
            return gathered.toString(StandardCharsets.UTF_8).strip();
        }
    }
}
