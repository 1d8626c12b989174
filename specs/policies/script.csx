// What a connector's script looks like: it runs at Microsoft, not here. The server says how long the tap was open;
// the definition promises litres.
public class Script : ScriptBase
{
    public override async Task<HttpResponseMessage> ExecuteAsync()
    {
        var response = await this.Context.SendAsync(this.Context.Request, this.CancellationToken);
        var text = await response.Content.ReadAsStringAsync();
        var answer = JObject.Parse(text);
        var shaped = new JObject { ["litres"] = 4.5 * (double)answer["minutes"] };
        response.Content = CreateJsonContent(shaped.ToString());
        return response;
    }
}
