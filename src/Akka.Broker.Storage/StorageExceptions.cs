namespace Akka.Broker.Storage;

/// <summary>What is common to the errors of opening and keeping logs; each cause that a caller can act on has its own type.</summary>
public abstract class StorageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process, or another log manager of this one, serves the folder.</summary>
public sealed class DataFolderLockedException(string folder)
    : StorageException($"Data folder '{folder}' is in use by another broker process. Stop that one, or give each broker a folder of its own (akka.broker.data-dirs).")
{
    public string Folder { get; } = folder;
}

/// <summary>The folder cannot be made or written to.</summary>
public sealed class DataFolderNotWritableException(string folder, Exception inner)
    : StorageException($"Data folder '{folder}' cannot be written to: {inner.Message} Check its owner and mode, and that its disk is mounted for writing.", inner)
{
    public string Folder { get; } = folder;
}

/// <summary>The folder's disk has failed: all logs in it are offline until the next start.</summary>
public sealed class DataFolderFailedException(string folder, Exception cause)
    : StorageException($"Data folder '{folder}' is offline, since its disk has failed: {cause.Message}", cause)
{
    public string Folder { get; } = folder;
}

/// <summary>The log without which a node can be no part of its cluster has failed: the process ends, and a start on a sound disk recovers.</summary>
public sealed class MetadataLogFailedException(string folder, Exception cause)
    : StorageException(
        $"The metadata log in data folder '{folder}' has failed, and without it this node can be no part of its cluster: {cause.Message} Mend or replace the disk and start the node again.", cause);

/// <summary>The metadata log, or what stands for its beginning, is damaged such that the node alone cannot make it good.</summary>
public sealed class MetadataLogDamagedException(string folder, string what, string remedy)
    : StorageException($"The metadata log in '{folder}' is damaged: {what}. {remedy}");

/// <summary>The disk does not give what a node must know before it votes. Nothing was changed: it may give it another time, or a tool may.</summary>
public sealed class MetadataLogUnreadableException(string folder, string what, Exception? cause = null)
    : StorageException(
        $"The metadata log in '{folder}' cannot be read: {what.TrimEnd('.')}. Nothing of it was changed. Look at the disk (dmesg, smartctl) and start the node again: a fault that passes costs nothing. "
        + "If it stays, copy the data folder to a sound disk with a tool that passes over what it cannot read (ddrescue), and start the node on that: what is damaged there is fetched again "
        + "from the other voters. A node that is the only voter needs a backup of the folder then.",
        cause);

/// <summary>The folder belongs to another node.</summary>
public sealed class NodeIdMismatchException(string folder, int found, int expected)
    : StorageException($"Data folder '{folder}' belongs to node {found} (meta.properties), but this is node {expected}. Set akka.broker.node-id to {found}, or use another folder.")
{
    public int Found { get; } = found;
}

/// <summary>The folder belongs to another cluster.</summary>
public sealed class ClusterIdMismatchException(string folder, string found, string expected)
    : StorageException($"Data folder '{folder}' belongs to cluster '{found}' (meta.properties), not to '{expected}'. A node that changes clusters starts with an empty folder.")
{
    public string Found { get; } = found;
}

/// <summary>Two folders of a node say that they are the same, or hold the same partition.</summary>
public sealed class DuplicateDataException(string message) : StorageException(message);

/// <summary>A file that is not derived from others, and so cannot be rebuilt, is not what it should be.</summary>
public sealed class CorruptFileException(string path, string what) : StorageException($"File '{path}' is corrupt: {what}.")
{
    public string Path { get; } = path;
}

/// <summary>The log holds message sets of before Kafka 0.11, which this broker does not read.</summary>
public sealed class UnsupportedMessageFormatException(string path, long position, int magic)
    : StorageException($"File '{path}' holds message format {magic} at byte {position}; only format 2 (Kafka 0.11 and later) can be served. Let Kafka rewrite the topic first.");

/// <summary>The offset is outside what the log holds.</summary>
public sealed class OffsetOutOfRangeException(string log, long offset, long logStartOffset, long logEndOffset)
    : StorageException($"Offset {offset} of {log} is out of range: the log holds {logStartOffset} to {logEndOffset}, the last not included.")
{
    public long Offset { get; } = offset;

    public long LogStartOffset { get; } = logStartOffset;

    public long LogEndOffset { get; } = logEndOffset;
}

/// <summary>A write or a sync of the log failed earlier; it is served no more until a new start has recovered it.</summary>
public sealed class LogFailedException(string log, Exception cause)
    : StorageException($"Log {log} has failed and is offline until this broker is started again: {cause.Message}", cause);

/// <summary>The caller's <see cref="WriterToken"/> is no longer the log's, or is broken. Nothing was done.</summary>
public sealed class StaleWriterException(string log) : StorageException($"Another writer has taken log {log} over, or an append under this token failed; nothing was done.");

/// <summary>The log is deleted or closed.</summary>
public sealed class LogClosedException(string log) : StorageException($"Log {log} is closed or deleted.");

/// <summary>A folder holds a topic of the same name and another id: one that was deleted, or is not deleted yet.</summary>
public sealed class TopicIdMismatchException(string folder, Guid found, Guid expected)
    : StorageException($"Folder '{folder}' belongs to topic id {found}, not to {expected}; the older topic must be deleted first.")
{
    public Guid Found { get; } = found;
}
