namespace Akka.Broker.Protocol.Messages;

/// <summary>
/// A field of type <c>records</c>: record batches as they lie in memory or elsewhere. A kind that does not lie in memory (a file range) is
/// derived where its owner is; <see cref="MessageWriter"/> never copies it but hands it on as a segment of its own, in order.
/// </summary>
public abstract class Records
{
    /// <summary>Fixed from the moment that the message is written: the length in front of the bytes is taken from it.</summary>
    public abstract int SizeInBytes { get; }
}

/// <summary>
/// Record batches in memory. When read from a frame this is a slice of it, as long-lived as the frame's memory, and its owner may write to it
/// (<see cref="System.Runtime.InteropServices.MemoryMarshal.AsMemory{T}(ReadOnlyMemory{T})"/>): that is how a leader patches offsets without a copy.
/// </summary>
public sealed class MemoryRecords(ReadOnlyMemory<byte> memory) : Records
{
    public static readonly MemoryRecords Empty = new(ReadOnlyMemory<byte>.Empty);

    public ReadOnlyMemory<byte> Memory { get; } = memory;

    public override int SizeInBytes => Memory.Length;
}
