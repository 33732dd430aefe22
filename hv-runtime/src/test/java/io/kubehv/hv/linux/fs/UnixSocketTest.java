package io.kubehv.hv.linux.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.SyscallException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
    @TempDir
    private Path directory;

    private Path path;
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        path = directory.resolve("a.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void a_socket_is_connected_to() throws Exception {
        try (SocketChannel client = UnixSocket.connect(path);
                SocketChannel accepted = server.accept()) {
            assertThat(client.isConnected()).isTrue();
            assertThat(accepted.isConnected()).isTrue();
        }
    }

    @Test
    void a_link_to_a_socket_is_refused() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), path);
        assertThatThrownBy(() -> UnixSocket.connect(link)).isInstanceOf(UnixSocket.NotASocketException.class);
    }

    @Test
    void a_file_is_refused() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> UnixSocket.hold(file)).isInstanceOf(UnixSocket.NotASocketException.class);
    }

    @Test
    void what_is_not_there_is_told_by_its_errno() {
        assertThatThrownBy(() -> UnixSocket.hold(directory.resolve("none")))
                .isInstanceOfSatisfying(
                        SyscallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    @Test
    void a_held_socket_is_the_same_whatever_takes_its_name() throws Exception {
        Path victim = Files.createFile(
                directory.resolve("victim"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (UnixSocket held = UnixSocket.hold(path)) {
            Files.delete(path);
            Files.createSymbolicLink(path, victim);
            Files.setPosixFilePermissions(held.path(), PosixFilePermissions.fromString("rw-rw----"));
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(victim)))
                .isEqualTo("rw-------");
    }
}
