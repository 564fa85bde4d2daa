using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>
/// Writes nodes and texts once a message: the first time in full, later as a number.
/// <code>
///   text   number (of the next new one: UTF-8 follows)
///   node   number (of the next new one: protocol, system, host as texts, port, uid follow)
/// </code>
/// </summary>
internal sealed class NodeTableWriter(WireWriter writer)
{
    private readonly Dictionary<string, int> _texts = [];
    private readonly Dictionary<UniqueAddress, int> _nodes = [];

    public void Text(string text)
    {
        if (_texts.TryGetValue(text, out var number))
        {
            writer.VarUInt((ulong)number);
            return;
        }

        writer.VarUInt((ulong)_texts.Count);
        writer.String(text);
        _texts.Add(text, _texts.Count);
    }

    public void Node(UniqueAddress node)
    {
        if (_nodes.TryGetValue(node, out var number))
        {
            writer.VarUInt((ulong)number);
            return;
        }

        writer.VarUInt((ulong)_nodes.Count);
        Text(node.Address.Protocol);
        Text(node.Address.System);
        Text(node.Address.Host ?? "");
        writer.VarUInt((ulong)(node.Address.Port ?? 0));
        writer.Int32(node.Uid);
        _nodes.Add(node, _nodes.Count);
    }
}

/// <summary>Reads what a <see cref="NodeTableWriter"/> wrote.</summary>
internal sealed class NodeTableReader
{
    private readonly List<string> _texts = [];
    private readonly List<UniqueAddress> _nodes = [];

    public string Text(ref WireReader reader)
    {
        var number = reader.VarUInt();
        if (IsNew(number, _texts.Count))
        {
            _texts.Add(reader.String());
        }

        return _texts[(int)number];
    }

    public UniqueAddress Node(ref WireReader reader)
    {
        var number = reader.VarUInt();
        if (IsNew(number, _nodes.Count))
        {
            var protocol = Text(ref reader);
            var system = Text(ref reader);
            var host = Text(ref reader);
            var port = reader.VarUInt();
            if (port > ushort.MaxValue)
            {
                throw new SerializationException($"the port of a node is {port}");
            }

            _nodes.Add(new UniqueAddress(new Address(protocol, system, host.Length == 0 ? null : host, (int)port), reader.Int32()));
        }

        return _nodes[(int)number];
    }

    private static bool IsNew(ulong number, int known) => number < (ulong)known
        ? false
        : number == (ulong)known ? true : throw new SerializationException($"number {number} of a table that has {known} entries");
}
