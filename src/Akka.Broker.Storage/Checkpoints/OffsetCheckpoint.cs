using System.Globalization;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>
/// One of a data folder's files that note an offset of each of its logs: recovery points, log starts, high watermarks.
/// <code>
/// 0
/// 2
/// topic 0 57     topic, partition, offset
/// topic 1 12
/// </code>
/// Not written again if nothing has changed. Thread-safe: a lock is held while it is written, so that what was noted later is written later.
/// </summary>
internal sealed class OffsetCheckpoint(IDisk disk, string path)
{
    private readonly Lock _gate = new();
    private Dictionary<TopicPartition, long> _written = [];

    /// <summary>Empty if there is no file.</summary>
    /// <exception cref="CorruptFileException">It is not such a file.</exception>
    public IReadOnlyDictionary<TopicPartition, long> Read()
    {
        var offsets = new Dictionary<TopicPartition, long>();
        foreach (var line in CheckpointFile.Read(disk, path, fields: 3) ?? [])
        {
            if (!int.TryParse(line[1], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(line[2], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            {
                throw new CorruptFileException(path, $"'{string.Join(' ', line)}' is no topic, partition and offset");
            }
            offsets[new TopicPartition(line[0], partition)] = offset;
        }
        lock (_gate)
            _written = offsets;
        return offsets;
    }

    public bool Has(TopicPartition partition)
    {
        lock (_gate)
            return _written.ContainsKey(partition);
    }

    /// <summary>0 if the file does not name it.</summary>
    public long WrittenOf(TopicPartition partition)
    {
        lock (_gate)
            return _written.GetValueOrDefault(partition);
    }

    /// <param name="capture">Called when it is this write's turn.</param>
    public void Write(Func<Dictionary<TopicPartition, long>> capture)
    {
        lock (_gate)
        {
            var offsets = capture();
            if (IsWritten(offsets))
                return;
            CheckpointFile.Write(disk, path, offsets
                .OrderBy(o => o.Key.Topic, StringComparer.Ordinal).ThenBy(o => o.Key.Partition)
                .Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Key.Topic} {o.Key.Partition} {o.Value}")));
            _written = offsets;
        }
    }

    private bool IsWritten(Dictionary<TopicPartition, long> offsets)
    {
        if (offsets.Count != _written.Count)
            return false;
        foreach (var (partition, offset) in offsets)
        {
            if (!_written.TryGetValue(partition, out var written) || written != offset)
                return false;
        }
        return true;
    }
}
