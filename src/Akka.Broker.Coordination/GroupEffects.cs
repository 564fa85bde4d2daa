using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;

namespace Akka.Broker.Coordination;

/// <summary>An answer to hand to whoever sent <paramref name="Request"/>.</summary>
public readonly record struct GroupAnswer(RequestId Request, GroupResult Result);

/// <summary>
/// What an event made of a group asks its carrier to do. The carrier takes the lists after each event and empties them with <see cref="Clear"/>:
/// answers leave at once, writes are appended in this order and come back through <see cref="Group.Committed"/> or <see cref="Group.Refused"/>,
/// notes go to the node's log, with the group's name before them.
/// </summary>
public sealed class GroupEffects
{
    private readonly List<GroupAnswer> _answers = [];
    private readonly List<GroupWrite> _writes = [];
    private readonly List<string> _notes = [];

    public IReadOnlyList<GroupAnswer> Answers => _answers;

    public IReadOnlyList<GroupWrite> Writes => _writes;

    /// <summary>What an operator wants to know of the group's course.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public void Clear()
    {
        _notes.Clear();
        _answers.Clear();
        _writes.Clear();
    }

    internal void Answer(RequestId request, GroupResult result) => _answers.Add(new GroupAnswer(request, result));

    internal void Note(string text) => _notes.Add(text);

    internal void Write(GroupWrite write) => _writes.Add(write);
}
