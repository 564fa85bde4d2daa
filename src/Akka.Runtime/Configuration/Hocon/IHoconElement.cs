namespace Akka.Configuration.Hocon;

/// <summary>What a value can be made of: text, an array, an object.</summary>
public interface IHoconElement
{
    bool IsString();

    string GetString();

    bool IsArray();

    IList<HoconValue> GetArray();
}
