using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// Bits that flip between a leader's disk and whoever fetches. What the checksum of a batch covers is hit; whoever was given it must find that and ask again.
/// </summary>
internal sealed class BadReads(FaultCounters faults, Random random)
{
    private const int OneIn = 60;

    // Of a batch's header: what lies before is not covered.
    private const int CoveredFrom = 21;

    public bool IsOn { get; set; }

    public byte[] Pass(byte[] records)
    {
        if (!IsOn || records.Length <= CoveredFrom || random.Next(OneIn) > 0)
            return records;
        RecordBatch.TryRead(records, out var first);
        var bent = (byte[])records.Clone();
        bent[random.Next(CoveredFrom, first.SizeInBytes)] ^= (byte)(1 << random.Next(8));
        return bent;
    }

    /// <summary>Whether all of it is as it was written.</summary>
    public bool IsSound(byte[] records)
    {
        for (ReadOnlyMemory<byte> rest = records; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
        {
            if (batch.HasValidCrc)
                continue;
            faults.Count(FaultKind.BitFlippedInRead);
            return false;
        }
        return true;
    }
}
