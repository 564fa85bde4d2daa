using Akka.Actor;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>Text and whole numbers.</summary>
internal sealed class PrimitiveSerializers(ExtendedActorSystem system) : WireSerializer(system)
{
    private const string Text = "S";
    private const string Int = "I";
    private const string Long = "L";

    public override int Identifier => 17;

    public override string Manifest(object o) => o switch
    {
        string => Text,
        int => Int,
        long => Long,
        _ => throw Unknown(o),
    };

    internal override void Write(object obj, WireWriter writer)
    {
        switch (obj)
        {
            case string text:
                writer.String(text);
                break;
            case int number:
                writer.Int32(number);
                break;
            case long number:
                writer.Int64(number);
                break;
            default:
                throw Unknown(obj);
        }
    }

    internal override object Read(ref WireReader reader, string manifest) => manifest switch
    {
        Text => reader.String(),
        Int => reader.Int32(),
        Long => reader.Int64(),
        _ => throw Unknown(manifest),
    };
}
