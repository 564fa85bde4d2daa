using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Akka.Broker.Protocol.Generator;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>
/// Encodes contents by walking the schema, plainly and slowly, after the protocol guide: the second opinion on what the generator makes of the same
/// schema. Shares no code with it or with <c>MessageWriter</c>.
/// </summary>
public sealed class ReferenceEncoder
{
    private readonly MemoryStream _bytes = new();
    private readonly int _version;
    private readonly bool _isFlexible;

    private ReferenceEncoder(Message message, int version)
    {
        _version = version;
        _isFlexible = version >= message.Definition.FlexibleFrom;
    }

    public static byte[] Encode(Message message, int version, StructureValue value)
    {
        var encoder = new ReferenceEncoder(message, version);
        encoder.Write(value);
        return encoder._bytes.ToArray();
    }

    private void Write(StructureValue value)
    {
        foreach (var field in value.Structure.Fields.Where(f => f.Versions.Contains(_version) && !f.TagVersions.Contains(_version)))
        {
            var content = value.Values[field.Name];
            if (!field.Type.IsArray && field.Type.Structure is not null && field.NullVersions.Contains(_version))
                _bytes.WriteByte(content is null ? (byte)0xff : (byte)1);
            if (content is not null || field.Type.Structure is null || field.Type.IsArray)
                WriteField(field, content);
        }

        if (_isFlexible)
            WriteTagged(value);
    }

    private void WriteTagged(StructureValue value)
    {
        var tagged = new SortedDictionary<int, byte[]>();
        foreach (var field in value.Structure.Fields.Where(f => f.TagVersions.Contains(_version) && !IsDefault(f, value.Values[f.Name])))
            tagged.Add(field.Tag!.Value, Apart(e => e.WriteField(field, value.Values[field.Name])));
        foreach (var (tag, data) in value.Unknown)
            tagged.Add(tag, data);
        Varint((uint)tagged.Count);
        foreach (var (tag, data) in tagged)
        {
            Varint((uint)tag);
            Varint((uint)data.Length);
            _bytes.Write(data);
        }
    }

    /// <summary>A tagged field is left out when it has its default.</summary>
    private static bool IsDefault(Field field, object? value)
    {
        if (value is null || field is { Default: null, IsNullableInCode: true })
            return value is null;
        return value switch
        {
            List<object> list => list.Count == 0,
            string text => text == (field.Default ?? ""),
            Guid id => id == Guid.Empty,
            bool flag => flag == (field.Default == "true"),
            StructureValue => false,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) == (field.Default ?? "0"),
        };
    }

    private byte[] Apart(Action<ReferenceEncoder> write)
    {
        var start = _bytes.Position;
        write(this);
        var written = _bytes.ToArray()[(int)start..];
        _bytes.SetLength(start);
        return written;
    }

    private void WriteField(Field field, object? value)
    {
        if (!field.Type.IsArray)
        {
            WriteElement(field.Type, value);
            return;
        }

        var list = (List<object>?)value;
        Length(list?.Count ?? -1, 4);
        foreach (var item in list ?? [])
            WriteElement(field.Type, item);
    }

    private void WriteElement(FieldType type, object? value)
    {
        switch (value)
        {
            case null:
                Length(-1, type.Primitive == "string" ? 2 : 4);
                break;
            case StructureValue structure:
                Write(structure);
                break;
            case string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                Length(utf8.Length, 2);
                _bytes.Write(utf8);
                break;
            case byte[] bytes:
                Length(bytes.Length, 4);
                _bytes.Write(bytes);
                break;
            case Guid id:
                _bytes.Write(Convert.FromHexString(id.ToString("N")));
                break;
            case bool flag:
                _bytes.WriteByte(flag ? (byte)1 : (byte)0);
                break;
            case double number:
                BigEndian(BitConverter.DoubleToInt64Bits(number), 8);
                break;
            default:
                BigEndian(Convert.ToInt64(value, CultureInfo.InvariantCulture), type.Primitive switch { "int8" => 1, "int16" or "uint16" or "error" => 2, "int64" => 8, _ => 4 });
                break;
        }
    }

    private void Length(int length, int size)
    {
        if (_isFlexible)
            Varint((uint)(length + 1));
        else
            BigEndian(length, size);
    }

    private void BigEndian(long value, int size)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(eight, value);
        _bytes.Write(eight[(8 - size)..]);
    }

    private void Varint(uint value)
    {
        for (; value > 0x7f; value >>= 7)
            _bytes.WriteByte((byte)(value & 0x7f | 0x80));
        _bytes.WriteByte((byte)value);
    }
}
