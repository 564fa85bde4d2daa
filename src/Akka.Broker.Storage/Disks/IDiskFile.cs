namespace Akka.Broker.Storage.Disks;

/// <summary>
/// An open file of an <see cref="IDisk"/>. Any thread may read while one thread writes behind what they read.
/// Buffers belong to the caller again when a call returns.
/// </summary>
public interface IDiskFile : IDisposable
{
    string Path { get; }

    long Length { get; }

    /// <summary>The same open file as a stream, for sendfile; null where there is no operating system file. Not to be disposed by the caller.</summary>
    FileStream? Stream { get; }

    /// <summary>Reads until <paramref name="destination"/> is full or the file ends, and returns how much it was.</summary>
    int Read(long position, Span<byte> destination);

    /// <summary>Writes all of it, or throws with an unknown part of it written.</summary>
    void Write(long position, ReadOnlySpan<byte> source);

    /// <summary>Writes all of them behind each other, or throws with an unknown part of it written.</summary>
    void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> sources);

    /// <summary>Cuts the file, or lengthens it by zeros. What was reserved behind the new end is given back.</summary>
    void SetLength(long length);

    /// <summary>
    /// Asks for space at that place, of which writes then make use; the file's length stays. An advice: false, and nothing has changed, where there is no space,
    /// or no way to reserve it.
    /// </summary>
    bool Reserve(long position, long bytes) => false;

    /// <summary>Returns when what was written before the call survives a lost machine.</summary>
    void Sync();
}
