namespace Akka.Broker.Storage.Disks;

/// <summary>
/// A folder of a <see cref="MemoryDisk"/>: its names as they are, as of its last sync, and what was changed since, in order. Folders themselves
/// survive every crash; a log's folder without its files is as good as none.
/// </summary>
internal sealed class MemoryFolder
{
    private readonly List<(string Name, MemoryContent? Content)> _changes = [];
    private Dictionary<string, MemoryContent> _synced = new(StringComparer.Ordinal);

    public Dictionary<string, MemoryContent> Files { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>Gives the name to a content, or to none.</summary>
    public void Change(string name, MemoryContent? content)
    {
        Apply(Files, name, content);
        _changes.Add((name, content));
    }

    public void Sync()
    {
        _synced = new Dictionary<string, MemoryContent>(Files, StringComparer.Ordinal);
        _changes.Clear();
    }

    public MemoryFolder Crash(Random random, Dictionary<MemoryContent, MemoryContent> copies)
    {
        var survived = new Dictionary<string, MemoryContent>(_synced, StringComparer.Ordinal);
        var count = random.Next(_changes.Count + 1);
        for (var i = 0; i < count; i++)
            Apply(survived, _changes[i].Name, _changes[i].Content);
        return Of(survived, copies, c => c.Crash(random));
    }

    public MemoryFolder Copy(Dictionary<MemoryContent, MemoryContent> copies) => Of(Files, copies, static c => c.Copy());

    private static MemoryFolder Of(Dictionary<string, MemoryContent> files, Dictionary<MemoryContent, MemoryContent> copies, Func<MemoryContent, MemoryContent> copy)
    {
        var folder = new MemoryFolder();
        foreach (var (name, content) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (!copies.TryGetValue(content, out var copied))
                copies.Add(content, copied = copy(content));
            folder.Files.Add(name, copied);
        }
        folder.Sync();
        return folder;
    }

    private static void Apply(Dictionary<string, MemoryContent> files, string name, MemoryContent? content)
    {
        if (content is null)
            files.Remove(name);
        else
            files[name] = content;
    }
}
