using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>A message on its way along a selection: the steps that are left, and the message by its own serializer.</summary>
internal sealed class MessageContainerSerializer(ExtendedActorSystem system) : WireSerializer(system)
{
    private const string Selection = "S";

    private const byte Parent = 0;
    private const byte ChildName = 1;
    private const byte ChildPattern = 2;
    private const byte Recursive = 3;

    public override int Identifier => 6;

    public override string Manifest(object o) => o is ActorSelectionMessage ? Selection : throw Unknown(o);

    internal override void Write(object obj, WireWriter writer)
    {
        if (obj is not ActorSelectionMessage selection)
            throw Unknown(obj);
        writer.Bool(selection.WildCardFanOut);
        writer.VarUInt((ulong)selection.Elements.Length);
        foreach (var element in selection.Elements)
        {
            switch (element)
            {
                case SelectParent:
                    writer.Byte(Parent);
                    break;
                case SelectChildName name:
                    writer.Byte(ChildName);
                    writer.String(name.Name);
                    break;
                case SelectChildPattern pattern:
                    writer.Byte(ChildPattern);
                    writer.String(pattern.PatternStr);
                    break;
                case SelectChildRecursive:
                    writer.Byte(Recursive);
                    break;
                default:
                    throw Unknown(element);
            }
        }
        WritePayload(selection.Message, writer);
    }

    internal override object Read(ref WireReader reader, string manifest)
    {
        if (manifest != Selection)
            throw Unknown(manifest);
        var fannedOut = reader.Bool();
        var elements = new SelectionPathElement[reader.Count()];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = reader.Byte() switch
            {
                Parent => SelectParent.Instance,
                ChildName => new SelectChildName(reader.String()),
                ChildPattern => new SelectChildPattern(reader.String()),
                Recursive => SelectChildRecursive.Instance,
                var other => throw new SerializationException($"a selection has a step of the unknown kind {other}"),
            };
        }
        var message = ReadPayload(ref reader) ?? throw new SerializationException("a selection has no message");
        return new ActorSelectionMessage(message, elements, fannedOut);
    }
}
