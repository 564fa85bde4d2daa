using Akka.Actor;
using Akka.Serialization;

namespace Akka.Remote;

/// <summary>
/// References that a connection has named before, so that each path is sent and parsed once. The writer's half and the reader's half
/// change in step, since frames arrive in order.
/// <code>
///   0 nobody │ 1 path │ 2 path, which gets the next number │ 3 the table is emptied, then as 2 │ n + 4 the path with number n
/// </code>
/// The reference of an Ask is used once and gets no number.
/// </summary>
internal static class RefTable
{
    private const int EntriesMax = 4096;
    private const int Nobody = 0;
    private const int Inline = 1;
    private const int Define = 2;
    private const int ClearAndDefine = 3;
    private const int FirstNumber = 4;

    /// <summary>Of the references that Asks are answered to.</summary>
    public const string TempPrefix = "/temp/";

    internal sealed class Writer
    {
        private readonly Dictionary<IActorRef, int> _numbers = [];

        /// <summary>Writes a reference; <paramref name="isRelative"/>: its path without an address.</summary>
        public void Write(IActorRef? actorRef, bool isRelative, WireWriter writer)
        {
            if (actorRef is null or Actor.Nobody)
            {
                writer.VarUInt(Nobody);
                return;
            }
            if (_numbers.TryGetValue(actorRef, out var number))
            {
                writer.VarUInt((ulong)(number + FirstNumber));
                return;
            }
            if (IsTemporary(actorRef.Path))
            {
                writer.VarUInt(Inline);
            }
            else if (_numbers.Count == EntriesMax)
            {
                _numbers.Clear();
                _numbers[actorRef] = 0;
                writer.VarUInt(ClearAndDefine);
            }
            else
            {
                _numbers[actorRef] = _numbers.Count;
                writer.VarUInt(Define);
            }
            var path = actorRef.Path;
            if (isRelative && path.Uid == 0 && IsTemporary(path))
                writer.String(TempPrefix + path.Name);
            else if (!isRelative)
                writer.String(Akka.Serialization.Serialization.SerializedActorPath(actorRef));
            else if (path.Uid == 0)
                writer.String(path.ToStringWithoutAddress());
            else
                writer.String($"{path.ToStringWithoutAddress()}#{path.Uid}");
        }

        private static bool IsTemporary(ActorPath path) => path.Depth == 2 && path.Parent.Name == "temp";
    }

    internal sealed class Reader(Func<string, IActorRef> resolve)
    {
        private readonly List<(string Path, IActorRef Ref)> _entries = [];

        public IActorRef? Read(ref WireReader reader)
        {
            var code = reader.VarUInt();
            switch (code)
            {
                case Nobody:
                    return null;
                case Inline:
                    return resolve(reader.String());
                case ClearAndDefine:
                    _entries.Clear();
                    goto case Define;
                case Define:
                    var path = reader.String();
                    var defined = resolve(path);
                    if (_entries.Count == EntriesMax)
                        throw new InvalidDataException($"the peer names more than {EntriesMax} references");
                    _entries.Add((path, defined));
                    return defined;
            }
            var index = code - FirstNumber;
            if (index >= (ulong)_entries.Count)
                throw new InvalidDataException($"the peer means reference {index} of {_entries.Count}");
            var entry = _entries[(int)index];
            // Where there was no actor there may be one now.
            if (entry.Ref is IInternalActorRef { IsTerminated: true })
                _entries[(int)index] = entry = (entry.Path, resolve(entry.Path));
            return entry.Ref;
        }
    }
}
