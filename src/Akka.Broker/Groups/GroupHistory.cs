namespace Akka.Broker.Groups;

/// <summary>Something that has become of a group: when, and what with the reason.</summary>
public readonly record struct GroupNote(long UnixMs, string Text);

/// <summary>
/// The last notes of the groups that this node coordinates: why they rebalanced, whom they lost. It answers "why does my group rebalance", and is bounded:
/// the group that has been quiet for longest is forgotten first. In memory alone, since it is about what happens now. Thread-safe.
/// </summary>
public sealed class GroupHistory
{
    private const int NotesMax = 32;
    private const int GroupsMax = 500;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<GroupNote>> _notes = new(StringComparer.Ordinal);

    public void Add(string groupId, long unixMs, string text)
    {
        lock (_gate)
        {
            if (!_notes.TryGetValue(groupId, out var notes))
            {
                if (_notes.Count >= GroupsMax)
                    _notes.Remove(_notes.MinBy(n => n.Value.Last().UnixMs).Key);
                _notes.Add(groupId, notes = new Queue<GroupNote>());
            }
            if (notes.Count >= NotesMax)
                notes.Dequeue();
            notes.Enqueue(new GroupNote(unixMs, text));
        }
    }

    /// <summary>The oldest first; none of a group that is not known.</summary>
    public IReadOnlyList<GroupNote> Of(string groupId)
    {
        lock (_gate)
            return _notes.TryGetValue(groupId, out var notes) ? [.. notes] : [];
    }
}
