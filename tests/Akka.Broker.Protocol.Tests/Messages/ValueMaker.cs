using Akka.Broker.Protocol.Generator;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>Makes up contents for a message, in ways that matter to an encoding.</summary>
public abstract class ValueMaker
{
    /// <summary>Everything set, to values that tell the fields apart; two elements an array; no unknown tagged fields.</summary>
    public static ValueMaker Filled() => new FilledMaker();

    /// <summary>Null where it is allowed, else the shortest or least.</summary>
    public static ValueMaker Empty() => new EmptyMaker();

    /// <summary>Null, empty, extreme, long, and unknown tagged fields, by chance.</summary>
    public static ValueMaker Random(Random random) => new RandomMaker(random);

    public StructureValue Make(Message message, int version) => MakeStructure(message, message.Root, version);

    protected abstract bool IsNull();

    protected abstract int ArrayLength(bool ofStructures);

    protected abstract object Primitive(string type);

    protected virtual void AddUnknown(StructureValue value, Structure structure)
    {
    }

    private StructureValue MakeStructure(Message message, Structure structure, int version)
    {
        var value = new StructureValue(structure);
        foreach (var field in structure.Fields.Where(f => f.Versions.Contains(version)))
            value.Values[field.Name] = MakeField(message, field, version);
        if (version >= message.Definition.FlexibleFrom)
            AddUnknown(value, structure);
        return value;
    }

    private object? MakeField(Message message, Field field, int version)
    {
        var mayBeNull = field.NullVersions.Contains(version) || (field.IsNullableInCode && field.Type.Structure is not null && !field.Type.IsArray);
        if (mayBeNull && IsNull())
            return null;
        if (!field.Type.IsArray)
            return MakeElement(message, field.Type, version);
        var length = ArrayLength(field.Type.Structure is not null);
        return Enumerable.Range(0, length).Select(_ => MakeElement(message, field.Type, version)).ToList();
    }

    private object MakeElement(Message message, FieldType type, int version) =>
        type.Structure is { } inner ? MakeStructure(message, inner, version) : Primitive(type.Primitive);

    private sealed class FilledMaker : ValueMaker
    {
        private int _next;

        protected override bool IsNull() => false;

        protected override int ArrayLength(bool ofStructures) => 2;

        protected override object Primitive(string type)
        {
            var n = ++_next;
            return type switch
            {
                "bool" => n % 2 == 1,
                "int8" => (sbyte)n,
                "int16" => (short)(0x0100 + n),
                "uint16" => (ushort)(0x8000 + n),
                "int32" => 0x01020300 + n,
                "uint32" => 0x80020300u + (uint)n,
                "int64" => 0x0102030405060700L + n,
                "float64" => n + 0.5,
                "uuid" => new Guid(n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                "error" => (short)(n % 100 + 1),
                "string" => $"s{n}",
                "bytes" or "records" => new[] { (byte)n, (byte)0xbb },
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, "a type that the test does not know"),
            };
        }
    }

    private sealed class EmptyMaker : ValueMaker
    {
        protected override bool IsNull() => true;

        protected override int ArrayLength(bool ofStructures) => 0;

        protected override object Primitive(string type) => type switch
        {
            "bool" => false,
            "int8" => sbyte.MinValue,
            "int16" or "error" => short.MinValue,
            "uint16" => ushort.MinValue,
            "int32" => int.MinValue,
            "uint32" => uint.MinValue,
            "int64" => long.MinValue,
            "float64" => double.NegativeInfinity,
            "uuid" => Guid.Empty,
            "string" => "",
            "bytes" or "records" => Array.Empty<byte>(),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "a type that the test does not know"),
        };
    }

    private sealed class RandomMaker(Random random) : ValueMaker
    {
        protected override bool IsNull() => random.Next(4) == 0;

        protected override int ArrayLength(bool ofStructures) => random.Next(20) == 0 && !ofStructures ? 150 : random.Next(4);

        protected override object Primitive(string type) => type switch
        {
            "bool" => random.Next(2) == 1,
            "int8" => (sbyte)Integer(sbyte.MinValue, sbyte.MaxValue),
            "int16" or "error" => (short)Integer(short.MinValue, short.MaxValue),
            "uint16" => (ushort)Integer(ushort.MinValue, ushort.MaxValue),
            "int32" => (int)Integer(int.MinValue, int.MaxValue),
            "uint32" => (uint)Integer(uint.MinValue, uint.MaxValue),
            "int64" => Integer(long.MinValue, long.MaxValue),
            "float64" => random.Next(4) == 0 ? double.MaxValue : random.NextDouble(),
            "uuid" => random.Next(4) == 0 ? Guid.Empty : new Guid(Bytes(16)),
            "string" => Text(),
            "bytes" => Bytes(random.Next(30) == 0 ? 20_000 : random.Next(200)),
            "records" => Bytes(random.Next(3) == 0 ? 0 : random.Next(3_000)),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "a type that the test does not know"),
        };

        protected override void AddUnknown(StructureValue value, Structure structure)
        {
            if (random.Next(4) != 0)
                return;
            var known = structure.Fields.Where(f => f.Tag is not null).Select(f => f.Tag!.Value).ToHashSet();
            var tag = random.Next(3);
            for (var left = random.Next(1, 4); left > 0; left--, tag += random.Next(1, 1000))
            {
                if (!known.Contains(tag))
                    value.Unknown.Add((tag, Bytes(random.Next(300))));
            }
        }

        private long Integer(long least, long greatest) => random.Next(6) switch
        {
            0 => least,
            1 => greatest,
            2 => 0,
            3 => least < 0 ? -1 : 1,
            _ => random.NextInt64(least, greatest),
        };

        private string Text() => random.Next(40) switch
        {
            0 => new string('x', short.MaxValue),
            1 => "größer 日本 🚀",
            < 8 => "",
            _ => new string((char)random.Next('a', 'z'), random.Next(160)),
        };

        private byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }
    }
}
