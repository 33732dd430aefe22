package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.linux.TestGuest;
import io.kubehv.cni.linux.TestNamespace;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A namespace that plays a node, with the switch daemon's ports in it. Whatever a test opens beside it goes with it. */
public final class TestNode implements AutoCloseable {
    private final TestNamespace namespace = new TestNamespace();
    private final List<Closeable> opened = new ArrayList<>();
    private final Path directory;
    private final Optional<ApiServer> apiServer;
    private final NetworkNamespace open;
    private final NodeNetwork network;
    private SwitchPorts ports;

    TestNode(Path directory, Optional<ApiServer> apiServer) throws IOException {
        this.directory = Files.createDirectories(directory);
        // As /run has them: dnsmasq reads its files as nobody.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        this.apiServer = apiServer;
        open = namespace.open();
        network = NodeNetwork.of(open);
        ports = SwitchPorts.open(network, directory, apiServer);
    }

    /** One whose daemon keeps in the directory what it must know after a restart. */
    public TestNode(Path directory) throws IOException {
        this(directory, Optional.empty());
    }

    public TestNamespace namespace() {
        return namespace;
    }

    NodeNetwork network() {
        return network;
    }

    public SwitchPorts ports() {
        return ports;
    }

    /** The ports as a daemon has them that was started again. */
    public void restart() throws IOException {
        ports = SwitchPorts.open(network, directory, apiServer);
    }

    /** What a program prints on the node; it must succeed. */
    public String exec(String... command) {
        return namespace.exec(command);
    }

    /** Whether the program succeeds on the node. */
    public boolean succeeds(String... command) {
        return namespace.succeeds(command);
    }

    /** Closes it with the node. */
    public <T extends Closeable> T keep(T resource) {
        opened.add(resource);
        return resource;
    }

    /** The sandbox of a new pod. */
    public TestNamespace pod() {
        return keep(new TestNamespace());
    }

    /** The sandbox of the pod of this name as the runtime tells of it. */
    public static PortService.Attachment attachment(String name, TestNamespace pod) {
        return new PortService.Attachment(
                "container-" + name, pod.path().toString(), "eth0", "default", name, "uid-" + name);
    }

    /** A guest in a new pod that has the port. */
    TestGuest plug(String name, SwitchPort port) throws Exception {
        TestNamespace pod = pod();
        ports.add(attachment(name, pod), List.of(port));
        return keep(new TestGuest(pod, port.device(), port.macAddress()));
    }

    @Override
    public void close() throws IOException, SwitchException {
        ports.removeEverything();
        network.close();
        for (Closeable each : opened.reversed()) {
            each.close();
        }
        open.close();
        namespace.close();
    }
}
