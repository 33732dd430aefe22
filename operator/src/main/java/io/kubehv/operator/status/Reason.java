package io.kubehv.operator.status;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a condition has its value. Append only: users and tools match on the names. Where an object enters a reason for
 * the condition Ready, an event tells of it; {@link #event()} is that event's reason.
 */
public enum Reason {
    RUNNING("Running", "Started", Severity.NORMAL),
    PAUSED("Paused", "Paused", Severity.NORMAL),
    OFF("Off", "Stopped", Severity.NORMAL),
    SAVED("Saved", "Saved", Severity.NORMAL),
    STARTING("Starting", null, Severity.NORMAL),
    RESUMING("Resuming", "Resuming", Severity.NORMAL),
    PAUSING("Pausing", null, Severity.NORMAL),
    STOPPING("Stopping", "Stopping", Severity.NORMAL),
    SAVING("Saving", "Saving", Severity.NORMAL),
    GUEST_SHUT_DOWN("GuestShutDown", "GuestShutDown", Severity.NORMAL),
    CRITICAL_ERROR_TIMED_OUT("CriticalErrorTimedOut", "CriticalErrorTimedOut", Severity.STALLED),
    RESTARTING("Restarting", "Restarting", Severity.WARNING),
    CANNOT_RUN("CannotRun", "CannotRun", Severity.STALLED),
    CRITICAL("Critical", "Critical", Severity.STALLED),
    POD_NAME_TAKEN("PodNameTaken", "PodNameTaken", Severity.STALLED),
    DISKS_NOT_READY("DisksNotReady", "DisksNotReady", Severity.NORMAL),
    DISK_IN_USE("DiskInUse", "DiskInUse", Severity.WARNING),
    SAVE_REFUSED("SaveRefused", "SaveRefused", Severity.STALLED),
    NOTHING_TO_SAVE("NothingToSave", "NothingToSave", Severity.STALLED),
    SECRET_NOT_FOUND("SecretNotFound", "SecretNotFound", Severity.WARNING),
    MEMORY_NOT_VALID("MemoryNotValid", "MemoryNotValid", Severity.STALLED),
    TIME_ZONE_NOT_FOUND("TimeZoneNotFound", "TimeZoneNotFound", Severity.STALLED),
    POD_REFUSED("PodRefused", "PodRefused", Severity.STALLED),
    NODE_RESTARTED("NodeRestarted", "NodeRestarted", Severity.NORMAL),
    AWAITING_AUTOMATIC_START("AwaitingAutomaticStart", "AwaitingAutomaticStart", Severity.NORMAL),

    ALL_READY("AllReady", null, Severity.NORMAL),
    DISK_NOT_FOUND("DiskNotFound", "DiskNotFound", Severity.WARNING),
    DISK_NOT_READY("DiskNotReady", null, Severity.NORMAL),
    DISK_NAME_TAKEN("DiskNameTaken", "DiskNameTaken", Severity.STALLED),
    CLAIM_NOT_FOUND("ClaimNotFound", "ClaimNotFound", Severity.WARNING),
    CLAIM_LOST("ClaimLost", "ClaimLost", Severity.STALLED),
    DISKS_CHANGED("DisksChanged", "CannotSave", Severity.WARNING),
    ADAPTERS_CHANGED("AdaptersChanged", "CannotSave", Severity.WARNING),
    MEMORY_ASSIGNED("MemoryAssigned", null, Severity.NORMAL),
    RESIZING("Resizing", null, Severity.NORMAL),
    NO_ROOM_ON_NODE("NoRoomOnNode", null, Severity.WARNING),
    SPEC_CHANGED("SpecChanged", "RestartRequired", Severity.NORMAL),

    READY("Ready", "Ready", Severity.NORMAL),
    PENDING("Pending", null, Severity.NORMAL),
    IMPORTING("Importing", "Importing", Severity.NORMAL),
    CLONING("Cloning", "Cloning", Severity.NORMAL),
    PARENT_NOT_FOUND("ParentNotFound", "ParentNotFound", Severity.WARNING),
    PARENT_NOT_READY("ParentNotReady", null, Severity.NORMAL),
    PARENT_IN_USE("ParentInUse", "ParentInUse", Severity.WARNING),
    SIZE_TOO_SMALL("SizeTooSmall", "ImportFailed", Severity.STALLED),
    STORAGE_CLASS_NOT_FOUND("StorageClassNotFound", "StorageClassNotFound", Severity.STALLED),
    CLAIM_REFUSED("ClaimRefused", "ClaimRefused", Severity.STALLED),
    CHECKSUM_MISMATCH("ChecksumMismatch", "ImportFailed", Severity.STALLED),
    IMAGE_INVALID("ImageInvalid", "ImportFailed", Severity.STALLED),
    IMAGE_TRUNCATED("ImageTruncated", "ImportFailed", Severity.STALLED),
    BACKING_FILE_REFUSED("BackingFileRefused", "ImportFailed", Severity.STALLED),
    SOURCE_UNREACHABLE("SourceUnreachable", "ImportFailed", Severity.STALLED),
    NO_SPACE("NoSpace", "ImportFailed", Severity.STALLED),
    IMPORT_FAILED("ImportFailed", "ImportFailed", Severity.STALLED),

    CLAIM_NAME_TAKEN("ClaimNameTaken", "ClaimNameTaken", Severity.STALLED),
    DISK_REFUSED("DiskRefused", "DiskRefused", Severity.STALLED),
    CHANGE_REFUSED("ChangeRefused", "ChangeRefused", Severity.STALLED),
    GROWTH_REFUSED("GrowthRefused", "GrowthRefused", Severity.STALLED),
    SOURCE_IGNORED("SourceIgnored", "SourceIgnored", Severity.WARNING),
    SWITCH_NOT_FOUND("SwitchNotFound", "SwitchNotFound", Severity.WARNING),
    NAMESPACE_NOT_ALLOWED("NamespaceNotAllowed", "NamespaceNotAllowed", Severity.STALLED),
    MAC_ADDRESS_IN_USE("MacAddressInUse", "MacAddressInUse", Severity.WARNING),
    MAC_ADDRESSES_EXHAUSTED("MacAddressesExhausted", "MacAddressesExhausted", Severity.STALLED),
    ADDRESS_IN_USE("AddressInUse", "AddressInUse", Severity.WARNING),
    ADDRESSES_EXHAUSTED("AddressesExhausted", "AddressesExhausted", Severity.STALLED),
    SUBNET_NOT_VALID("SubnetNotValid", "SubnetNotValid", Severity.STALLED),
    SUBNET_OVERLAPS("SubnetOverlaps", "SubnetOverlaps", Severity.STALLED),
    VLAN_NOT_VALID("VlanNotValid", "VlanNotValid", Severity.STALLED),
    BANDWIDTH_NOT_VALID("BandwidthNotValid", "BandwidthNotValid", Severity.STALLED),
    NODES_NOT_READY("NodesNotReady", "NodesNotReady", Severity.WARNING),
    SWITCH_IN_USE("SwitchInUse", "SwitchInUse", Severity.WARNING),

    VIRTUAL_MACHINE_NOT_FOUND("VirtualMachineNotFound", "VirtualMachineNotFound", Severity.WARNING),
    CHECKPOINTS_DISABLED("CheckpointsDisabled", "CheckpointRefused", Severity.STALLED),
    TOO_MANY_CHECKPOINTS("TooManyCheckpoints", "CheckpointRefused", Severity.STALLED),
    CHECKPOINT_REFUSED("CheckpointRefused", "CheckpointRefused", Severity.STALLED),
    CHECKPOINT_FAILED("CheckpointFailed", "CheckpointFailed", Severity.STALLED),
    CHECKPOINT_NOT_FOUND("CheckpointNotFound", "CheckpointNotFound", Severity.WARNING),
    CHECKPOINT_NOT_READY("CheckpointNotReady", null, Severity.NORMAL),
    CHECKPOINT_APPLYING("CheckpointApplying", "CheckpointApplying", Severity.NORMAL),
    CHECKPOINT_APPLIED("CheckpointApplied", "CheckpointApplied", Severity.NORMAL),
    PREPARING("Preparing", null, Severity.NORMAL),
    CREATING("Creating", "Creating", Severity.NORMAL),
    SAVING_MEMORY("SavingMemory", null, Severity.NORMAL),
    REVERTING("Reverting", "Reverting", Severity.NORMAL),
    APPLIED("Applied", "Applied", Severity.NORMAL),
    DELETING("Deleting", null, Severity.NORMAL),
    SCHEDULED("Scheduled", null, Severity.NORMAL),
    SUSPENDED("Suspended", "Suspended", Severity.NORMAL),
    SCHEDULE_MISSED("ScheduleMissed", "ScheduleMissed", Severity.WARNING),
    SCHEDULE_NOT_VALID("ScheduleNotValid", "ScheduleNotValid", Severity.STALLED),
    CHECKPOINT_GONE("CheckpointGone", "CheckpointGone", Severity.STALLED),
    CHECKPOINT_DISK_NOT_FOUND("CheckpointDiskNotFound", "CheckpointDiskNotFound", Severity.STALLED),
    GENERATION_DIFFERS("GenerationDiffers", "GenerationDiffers", Severity.STALLED),
    MEMORY_DOES_NOT_FIT("MemoryDoesNotFit", "MemoryDoesNotFit", Severity.STALLED),
    KEY_PROTECTOR_DIFFERS("KeyProtectorDiffers", "KeyProtectorDiffers", Severity.STALLED),

    EXPORTING("Exporting", "Exporting", Severity.NORMAL),
    EXPORTED("Exported", "Exported", Severity.NORMAL),
    EXPORT_FAILED("ExportFailed", "ExportFailed", Severity.STALLED),
    NO_MEMORY("NoMemory", "ExportFailed", Severity.STALLED),
    FOLDER_EXISTS("FolderExists", "ExportFailed", Severity.STALLED),
    TARGET_UNREACHABLE("TargetUnreachable", "ExportFailed", Severity.STALLED),
    INSPECTING("Inspecting", null, Severity.NORMAL),
    IMPORTED("Imported", "Imported", Severity.NORMAL),
    MANIFEST_NOT_FOUND("ManifestNotFound", "ImportFailed", Severity.STALLED),
    MANIFEST_INVALID("ManifestInvalid", "ImportFailed", Severity.STALLED),
    DISK_MISSING("DiskMissing", "ImportFailed", Severity.STALLED),
    NAME_TAKEN("NameTaken", "ImportRefused", Severity.STALLED),
    ALREADY_REGISTERED("AlreadyRegistered", "ImportRefused", Severity.STALLED),

    NODE_LOST("NodeLost", "NodeLost", Severity.WARNING);

    private final String text;
    private final @Nullable String event;
    private final Severity severity;

    Reason(String text, @Nullable String event, Severity severity) {
        this.text = text;
        this.event = event;
        this.severity = severity;
    }

    /** As the condition shows it. */
    public String text() {
        return text;
    }

    /** The reason of the event that tells users, if one does. */
    public Optional<String> event() {
        return Optional.ofNullable(event);
    }

    public Severity severity() {
        return severity;
    }

    /** The reason of this name, if it is one of ours: a pod's own reasons are passed on as they are. */
    public static Optional<Reason> of(String text) {
        return Arrays.stream(values())
                .filter(reason -> reason.text.equals(text))
                .findFirst();
    }

    /** Whether it is as it will be until somebody does something about it. */
    public boolean stalls() {
        return severity == Severity.STALLED;
    }

    /** What a reason means to users. */
    public enum Severity {
        /** It is as it should be, or on its way there. */
        NORMAL,

        /** It is not, but may become so: what is missing may be on its way, as manifests come in any order. */
        WARNING,

        /** It is not, and won't become so unless somebody changes something, though we may try on. */
        STALLED
    }
}
