package io.kubehv.csi.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.csi.linux.ImmutableDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The volumes of this node. A volume is made in {@code creating/}, and exists from the moment it is renamed to
 * {@code volumes/}; it is gone from the moment it is renamed to {@code deleting/}. So whatever is killed, and wherever
 * the power is cut, what is under {@code volumes/} is whole, and the rest is swept away at the next start.
 *
 * <p>Reads come from memory, writes go to the disk first. Callers hold the volume's lock for writes.
 */
public final class VolumeStore {
    private static final Logger LOG = Logger.getLogger(VolumeStore.class.getName());
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** One block: what is staged elsewhere next fits into it as well. */
    private static final int STAGING_BYTES = 4096;

    private final CreationStep.Observer observer;
    private final Path volumes;
    private final Path creating;
    private final Path deleting;
    private final SortedMap<VolumeId, VolumeRecord> records = new ConcurrentSkipListMap<>();

    /** Fills a new volume's directory with its data. */
    public interface Filler {
        void fill(VolumeDirectory directory) throws IOException;
    }

    private VolumeStore(Path root, CreationStep.Observer observer) {
        this.observer = observer;
        this.volumes = root.resolve("volumes");
        this.creating = root.resolve("creating");
        this.deleting = root.resolve("deleting");
    }

    /** Opens the store in the pool's directory, and sweeps away what an interrupted call left. */
    public static VolumeStore open(Path root) throws IOException {
        return open(root, step -> {});
    }

    /** As {@link #open(Path)}, with someone who is told how far each volume has come. */
    static VolumeStore open(Path root, CreationStep.Observer observer) throws IOException {
        VolumeStore store = new VolumeStore(root, observer);
        makePrivate(store.volumes);
        for (Path scratch : List.of(store.creating, store.deleting)) {
            makePrivate(scratch);
            for (Path leftOver : entries(scratch)) {
                deleteTree(leftOver);
            }
        }
        for (Path directory : entries(store.volumes)) {
            store.load(directory);
        }
        return store;
    }

    /**
     * Closes the way to the disks: they belong to the user that VMs run as, and a process of that user on the node is
     * no VM. Pods get their volumes by mounts, which start below.
     */
    private static void makePrivate(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    private void load(Path directory) throws IOException {
        Optional<VolumeId> id = VolumeId.parse(directory.getFileName().toString());
        if (id.isEmpty()) {
            LOG.log(Level.WARNING, "{0} is no volume; it is left alone", directory);
            return;
        }
        try {
            VolumeDirectory files = new VolumeDirectory(directory);
            records.put(id.get(), JSON.readValue(Files.readAllBytes(files.metadata()), VolumeRecord.class));
        } catch (JsonProcessingException | NoSuchFileException e) {
            // Not deleted: someone may want to save the data. Not served either: we don't know what it is.
            LOG.log(Level.SEVERE, "the metadata of " + id.get() + " can't be read; the volume is not served", e);
        }
    }

    /** The volume of that id, if it is here. */
    public Optional<VolumeRecord> find(VolumeId id) {
        return Optional.ofNullable(records.get(id));
    }

    /** All volumes, by id. */
    public List<VolumeRecord> list() {
        return List.copyOf(records.values());
    }

    /** Where the volume's files are. */
    public VolumeDirectory directory(VolumeId id) {
        return new VolumeDirectory(volumes.resolve(id.value()));
    }

    /** Makes a volume. When this returns, it is there after a power cut; when it throws, nothing of it is. */
    public void create(VolumeRecord volume, Filler filler) throws IOException {
        VolumeDirectory draft = new VolumeDirectory(creating.resolve(volume.id().value()));
        deleteTree(draft.path());
        Path home = directory(volume.id()).path();
        boolean renamed = false;
        boolean committed = false;
        try {
            Files.createDirectories(draft.contents());
            filler.fill(draft);
            DurableFiles.sync(draft.image());
            if (volume.isPublishedAsFile()) {
                ImmutableDirectory.seal(draft.contents());
            }
            DurableFiles.sync(draft.contents());
            observer.reached(CreationStep.SEALED);
            writeStaging(draft, StagingRecord.NOWHERE);
            DurableFiles.replace(draft.metadata(), JSON.writeValueAsBytes(volume));
            observer.reached(CreationStep.DESCRIBED);
            DurableFiles.move(draft.path(), home);
            renamed = true;
            observer.reached(CreationStep.RENAMED);
            DurableFiles.syncNames(draft.path(), home);
            committed = true;
        } finally {
            if (!committed) {
                deleteTree(renamed ? bury(home, volume.id()) : draft.path());
            }
        }
        records.put(volume.id(), volume);
    }

    /**
     * Takes back a rename that did not get to the disk: it has happened all the same, and a volume that nobody knows
     * would be in the way of each further attempt.
     */
    private Path bury(Path home, VolumeId id) throws IOException {
        Path grave = deleting.resolve(id.value());
        deleteTree(grave);
        DurableFiles.move(home, grave);
        return grave;
    }

    /** Changes a volume's metadata. */
    public void update(VolumeRecord volume) throws IOException {
        DurableFiles.replace(directory(volume.id()).metadata(), JSON.writeValueAsBytes(volume));
        records.put(volume.id(), volume);
    }

    /** Removes a volume; fine where it is not there. */
    public void delete(VolumeId id) throws IOException {
        Path grave = deleting.resolve(id.value());
        deleteTree(grave);
        if (Files.exists(directory(id).path())) {
            DurableFiles.rename(directory(id).path(), grave);
        }
        records.remove(id);
        deleteTree(grave);
    }

    /** Remembers where a volume is staged. Works on a full pool too, in the block that the volume was made with. */
    public void stage(VolumeId id, StagingRecord staging) throws IOException {
        writeStaging(directory(id), staging);
    }

    /** Forgets where a volume is staged. */
    public void unstage(VolumeId id) throws IOException {
        writeStaging(directory(id), StagingRecord.NOWHERE);
    }

    private static void writeStaging(VolumeDirectory directory, StagingRecord staging) throws IOException {
        byte[] json = JSON.writeValueAsBytes(staging);
        byte[] block = Arrays.copyOf(json, Math.max(json.length, STAGING_BYTES));
        Arrays.fill(block, json.length, block.length, (byte) ' ');
        DurableFiles.overwrite(directory.staging(), block);
    }

    /** Where a volume is staged. */
    public Optional<StagingRecord> staging(VolumeId id) throws IOException {
        try {
            byte[] content = Files.readAllBytes(directory(id).staging());
            return Optional.of(JSON.readValue(content, StagingRecord.class))
                    .filter(staging -> !staging.equals(StagingRecord.NOWHERE));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            LOG.log(Level.WARNING, "the staging record of " + id + " can't be read; it counts as not staged", e);
            return Optional.empty();
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(found::add);
        }
        return found;
    }

    private static void deleteTree(Path root) throws IOException {
        if (Files.notExists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                ImmutableDirectory.unseal(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
