using Akka.Serialization;

namespace Akka.Remote;

/// <summary>Manifests that a connection has named before: <c>0 name inline │ 1 name, which gets the next number │ n + 2 the name with number n</c>.</summary>
internal static class NameTable
{
    private const int EntriesMax = 1024;
    private const int Inline = 0;
    private const int Define = 1;
    private const int FirstNumber = 2;

    internal sealed class Writer
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

        public void Write(string name, WireWriter writer)
        {
            if (_numbers.TryGetValue(name, out var number))
            {
                writer.VarUInt((ulong)(number + FirstNumber));
                return;
            }
            var isDefined = _numbers.Count < EntriesMax;
            if (isDefined)
                _numbers[name] = _numbers.Count;
            writer.VarUInt(isDefined ? Define : (ulong)Inline);
            writer.String(name);
        }
    }

    internal sealed class Reader
    {
        private readonly List<string> _names = [];

        public string Read(ref WireReader reader)
        {
            var code = reader.VarUInt();
            switch (code)
            {
                case Inline:
                    return reader.String();
                case Define when _names.Count < EntriesMax:
                    _names.Add(reader.String());
                    return _names[^1];
                case >= FirstNumber when code - FirstNumber < (ulong)_names.Count:
                    return _names[(int)(code - FirstNumber)];
                default:
                    throw new InvalidDataException($"the peer means name {code} of {_names.Count}");
            }
        }
    }
}
