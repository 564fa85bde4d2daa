using System.Globalization;
using System.Text;

namespace Akka.Persistence.Snapshot;

/// <summary>
/// Snapshots as files of one folder: <c>akka.persistence.snapshot-store.local</c>. Takes byte[] and string; what else a snapshot is,
/// its actor has to write as one of these.
/// <code>
///   snapshot-(escaped persistence id)-(sequence number)-(time in ticks)      byte 'B' | 'S', then the bytes or the text in UTF-8
/// </code>
/// A crash while saving leaves a .tmp file, which is never read and goes with the next save of the same number.
/// </summary>
public class LocalSnapshotStore : SnapshotStore
{
    private const string Prefix = "snapshot-";

    private readonly string _folder;
    private readonly int _maxLoadAttempts;

    public LocalSnapshotStore()
    {
        var config = PersistenceExtension.SnapshotStoreConfig(Context.System, Self.Path.Name);
        _folder = config.GetString("dir", "snapshots");
        _maxLoadAttempts = Math.Max(1, config.GetInt("max-load-attempts", 3));
    }

    protected override async Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        var candidates = Find(persistenceId, criteria.Matches).OrderByDescending(item => item.Metadata.SequenceNr).Take(_maxLoadAttempts).ToList();
        Exception? last = null;
        foreach (var (metadata, file) in candidates)
        {
            try
            {
                var bytes = await File.ReadAllBytesAsync(file).ConfigureAwait(false);
                return new SelectedSnapshot(metadata, Decode(file, bytes));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                last = e;
            }
        }

        return last is null ? null! : throw new IOException($"none of {candidates.Count} snapshots of {persistenceId} in {_folder} can be read", last);
    }

    protected override async Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        byte[] bytes = snapshot switch
        {
            byte[] raw => [(byte)'B', .. raw],
            string text => [(byte)'S', .. Encoding.UTF8.GetBytes(text)],
            _ => throw new NotSupportedException($"a local snapshot must be byte[] or string, but is {snapshot.GetType()}"),
        };
        Directory.CreateDirectory(_folder);
        var file = Path.Combine(
            _folder, string.Create(CultureInfo.InvariantCulture, $"{Name(metadata.PersistenceId)}{metadata.SequenceNr}-{metadata.Timestamp.Ticks}"));
        await File.WriteAllBytesAsync(file + ".tmp", bytes).ConfigureAwait(false);
        File.Move(file + ".tmp", file, overwrite: true);
    }

    protected override Task DeleteAsync(SnapshotMetadata metadata) =>
        Delete(metadata.PersistenceId, item => item.SequenceNr == metadata.SequenceNr
            && (metadata.Timestamp == DateTime.MinValue || metadata.Timestamp == item.Timestamp));

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) => Delete(persistenceId, criteria.Matches);

    private static string Name(string persistenceId) => Prefix + Uri.EscapeDataString(persistenceId) + "-";

    private static object Decode(string file, byte[] bytes) => bytes is [var kind and ((byte)'B' or (byte)'S'), .. var rest]
        ? kind == 'B' ? rest : Encoding.UTF8.GetString(rest)
        : throw new IOException($"{file} is not a snapshot");

    private Task Delete(string persistenceId, Predicate<SnapshotMetadata> chosen)
    {
        foreach (var (_, file) in Find(persistenceId, chosen))
        {
            File.Delete(file);
        }

        return Task.CompletedTask;
    }

    private List<(SnapshotMetadata Metadata, string File)> Find(string persistenceId, Predicate<SnapshotMetadata> chosen)
    {
        var found = new List<(SnapshotMetadata, string)>();
        if (!Directory.Exists(_folder))
        {
            return found;
        }

        var name = Name(persistenceId);
        foreach (var file in Directory.EnumerateFiles(_folder, name + "*"))
        {
            var parts = Path.GetFileName(file)[name.Length..].Split('-');
            if (parts.Length == 2
                && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var sequenceNr)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks))
            {
                var metadata = new SnapshotMetadata(persistenceId, sequenceNr, new DateTime(ticks, DateTimeKind.Utc));
                if (chosen(metadata))
                {
                    found.Add((metadata, file));
                }
            }
        }

        return found;
    }
}
