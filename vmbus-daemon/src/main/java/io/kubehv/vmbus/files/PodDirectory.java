package io.kubehv.vmbus.files;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A pod's directory as the kubelet lays it out. The kubelet's directory of pods is mounted under a short path in the
 * daemon, as the name of a UNIX socket has at most 107 bytes and a pod's own share of it is over 70.
 */
public final class PodDirectory {
    private static final String RUNTIME = "volumes/kubernetes.io~empty-dir/runtime";

    /** Volumes that Kubernetes fills itself: saved memory is never on them. */
    private static final Set<String> EPHEMERAL = Set.of(
            "kubernetes.io~empty-dir",
            "kubernetes.io~secret",
            "kubernetes.io~configmap",
            "kubernetes.io~projected",
            "kubernetes.io~downward-api");

    private final Path directory;

    public PodDirectory(Path pods, String podUid) {
        this.directory = pods.resolve(podUid);
    }

    public Path monitorSocket() {
        return directory.resolve(RUNTIME).resolve("qmp.sock");
    }

    public Path agentSocket() {
        return directory.resolve(RUNTIME).resolve("guest-agent.sock");
    }

    /** A file that is there when the kubelet has begun to end the pod, whatever it does that for. */
    public Path stopping() {
        return directory.resolve(RUNTIME).resolve("stopping");
    }

    /** Where QEMU sends a VM's memory to, as the daemon sees it. */
    public Path saveSocket() {
        return directory.resolve(RUNTIME).resolve("save.sock");
    }

    /** Where QEMU sends the memory of a checkpoint to, as the daemon sees it. */
    public Path checkpointSocket() {
        return directory.resolve(RUNTIME).resolve("checkpoint.sock");
    }

    /** The directories of its volumes that are more than a part of the pod itself, as far as they are mounted. */
    public List<Path> volumes() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path plugin : children(directory.resolve("volumes"))) {
            if (!EPHEMERAL.contains(plugin.getFileName().toString())) {
                for (Path volume : children(plugin)) {
                    Path mount = volume.resolve("mount");
                    found.add(Files.isDirectory(mount, LinkOption.NOFOLLOW_LINKS) ? mount : volume);
                }
            }
        }
        return found;
    }

    private static List<Path> children(Path parent) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent)) {
            entries.forEach(found::add);
        } catch (NoSuchFileException e) {
            // The kubelet has not made it yet, or has removed it: there are no volumes.
            return List.of();
        }
        return found;
    }
}
