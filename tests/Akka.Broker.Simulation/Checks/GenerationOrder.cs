using System.Globalization;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Checks;

/// <summary>
/// The order of what a coordinator writes. The members of the simulation say in the text of each offset in which generation they committed it.
/// <para>Invariant: behind a generation's record in the log there is no offset of an earlier generation, and no earlier generation.</para>
/// </summary>
internal sealed class GenerationOrder(CheckCounters counters)
{
    private readonly Dictionary<string, int> _newest = [];

    /// <summary>The log was read: the group is in this generation.</summary>
    public void Begin(string group, int generation) => _newest[group] = generation;

    public void OnWritten(GroupRecord record)
    {
        var newest = _newest.GetValueOrDefault(record.GroupId);
        switch (record)
        {
            case GroupMetadataRecord { Value: null }:
                _newest.Remove(record.GroupId);
                break;
            case GroupMetadataRecord { Value: { } metadata }:
                if (metadata.GenerationId < newest)
                    throw new InvariantBrokenException($"group {record.GroupId}: generation {metadata.GenerationId} is stored behind {newest}");
                _newest[record.GroupId] = metadata.GenerationId;
                break;
            case OffsetRecord { Value: { } offset } stored:
                counters.GenerationsOfOffsets++;
                if (int.Parse(offset.Metadata, CultureInfo.InvariantCulture) < newest)
                    throw new InvariantBrokenException($"group {record.GroupId}: the offset {offset.Offset} of {stored.Partition}, committed in generation {offset.Metadata}, is stored behind generation {newest}");
                break;
        }
    }
}
