using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Simulation.Checks;

/// <summary>A stored batch as the checkers remember it: where it lies, whose it is, and a hash of every byte.</summary>
internal readonly record struct LedgerBatch(
    long BaseOffset, long NextOffset, int Epoch, ulong Hash, uint Crc, long ProducerId, short ProducerEpoch, int BaseSequence)
{
    /// <summary>Splits stored bytes into batches; what is cut at the end is left out.</summary>
    public static void Split(ReadOnlyMemory<byte> bytes, List<LedgerBatch> into)
    {
        while (RecordBatch.TryRead(bytes, out var batch))
        {
            into.Add(Of(batch));
            bytes = bytes[batch.SizeInBytes..];
        }
    }

    public static LedgerBatch Of(in RecordBatch batch) => new(
        batch.BaseOffset, batch.NextOffset, batch.PartitionLeaderEpoch, Kernel.Hash.Of(batch.Bytes.Span), batch.Crc,
        batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence);

    public override string ToString() => $"[{BaseOffset}..{NextOffset}) e{Epoch} #{Hash & 0xFFFF:x4} p{ProducerId}/{BaseSequence}";
}
