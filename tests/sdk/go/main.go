// Alibaba Cloud's Go SDKs behind the protocol of piped.py: a request in JSON on each line of stdin, its response on a
// line of stdout.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	newecs "github.com/alibabacloud-go/ecs-20140526/v7/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	oldecs "github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	oldsts "github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
)

const region = "cn-hangzhou"

type request struct {
	Client     string         `json:"client"`
	Endpoint   string         `json:"endpoint"`
	Key        string         `json:"key"`
	Secret     string         `json:"secret"`
	Token      string         `json:"token"`
	Action     string         `json:"action"`
	Parameters map[string]any `json:"parameters"`
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if err := decoder.Decode(&asked); err != nil {
			panic(err)
		}
		answer, err := call(asked)
		if err := out.Encode(reply(answer, err)); err != nil {
			panic(err)
		}
	}
}

func call(asked request) (any, error) {
	switch asked.Client {
	case "old":
		return callOld(asked)
	case "common":
		return callCommon(asked)
	case "acs3":
		return callNew(asked, nil)
	case "rpc1":
		return callNew(asked, tea.String("v2"))
	}
	return nil, fmt.Errorf("there is no client %s", asked.Client)
}

// reply returns the response, the error of the service, or the error of the SDK.
func reply(answer any, err error) map[string]any {
	var old *sdkerrors.ServerError
	if errors.As(err, &old) {
		return map[string]any{"status": old.HttpStatus(), "code": old.ErrorCode(), "message": old.Message()}
	}
	var tead *tea.SDKError
	if errors.As(err, &tead) {
		return map[string]any{"status": tea.IntValue(tead.StatusCode), "code": tea.StringValue(tead.Code), "message": tea.StringValue(tead.Message)}
	}
	var daraError dara.BaseError
	if errors.As(err, &daraError) {
		out := map[string]any{"code": dara.StringValue(daraError.GetCode()), "message": daraError.Error()}
		var response interface{ GetStatusCode() *int }
		if errors.As(err, &response) {
			out["status"] = dara.IntValue(response.GetStatusCode())
		}
		return out
	}
	if errors.Is(err, errUnsayable) {
		return map[string]any{"unsayable": err.Error()}
	}
	if err != nil {
		return map[string]any{"broken": fmt.Sprintf("%T: %v", err, err)}
	}
	return map[string]any{"answer": answer}
}

// errUnsayable is the error for parameters that the types of the SDK cannot hold.
var errUnsayable = errors.New("the model cannot hold the parameters")

// fill puts parameters into a request model, whose members have the names of the API.
func fill(parameters map[string]any, into any) error {
	text, err := json.Marshal(parameters)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errUnsayable, err)
	}
	return nil
}

// oldConfig is what clients of alibaba-cloud-sdk-go are made with.
func oldConfig(asked request) (*sdk.Config, auth.Credential) {
	config := sdk.NewConfig().WithAutoRetry(false).WithScheme("HTTP")
	if asked.Token != "" {
		return config, credentials.NewStsTokenCredential(asked.Key, asked.Secret, asked.Token)
	}
	return config, credentials.NewAccessKeyCredential(asked.Key, asked.Secret)
}

// callCommon sends any action with a request of alibaba-cloud-sdk-go that has no model, as the CLI does.
func callCommon(asked request) (any, error) {
	config, credential := oldConfig(asked)
	client, err := sdk.NewClientWithOptions(region, config, credential)
	if err != nil {
		return nil, err
	}
	common := requests.NewCommonRequest()
	common.Product, common.Version, common.ApiName = "Ecs", "2014-05-26", asked.Action
	if asked.Action == "AssumeRole" || asked.Action == "GetCallerIdentity" {
		common.Product, common.Version = "Sts", "2015-04-01"
	}
	common.Domain, common.Scheme, common.Method = asked.Endpoint, "HTTP", "POST"
	for name, value := range asked.Parameters {
		flatten(name, value, common.QueryParams)
	}
	answer, err := client.ProcessCommonRequest(common)
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := json.Unmarshal(answer.GetHttpContentBytes(), &body); err != nil {
		return nil, err
	}
	if asked.Action == "AssumeRole" {
		return body["Credentials"], nil
	}
	return body, nil
}

// flatten writes a parameter as a query has it: lists numbered from 1, members after a dot.
func flatten(name string, value any, into map[string]string) {
	switch value := value.(type) {
	case []any:
		for at, item := range value {
			flatten(fmt.Sprintf("%s.%d", name, at+1), item, into)
		}
	case map[string]any:
		for member, item := range value {
			flatten(name+"."+member, item, into)
		}
	default:
		into[name] = fmt.Sprint(value)
	}
}

// alibaba-cloud-sdk-go, which signs with RPC 1.0.
func callOld(asked request) (any, error) {
	config, credential := oldConfig(asked)
	switch asked.Action {
	case "DescribeImages":
		client, err := oldecs.NewClientWithOptions(region, config, credential)
		if err != nil {
			return nil, err
		}
		images := oldecs.CreateDescribeImagesRequest()
		images.Domain = asked.Endpoint
		// The model has strings for numbers and booleans, and does not have every parameter.
		texts := map[string]any{}
		for name, value := range asked.Parameters {
			switch value := value.(type) {
			case json.Number:
				// The response repeats numbers in integer members.
				if _, err := value.Int64(); err != nil {
					return nil, fmt.Errorf("%w: %w", errUnsayable, err)
				}
				texts[name] = value.String()
			case bool:
				texts[name] = fmt.Sprint(value)
			default:
				texts[name] = value
			}
		}
		if usable, given := texts["Usable"]; given {
			images.QueryParams["Usable"] = usable.(string)
			delete(texts, "Usable")
		}
		images.RegionId = fmt.Sprint(texts["RegionId"])
		delete(texts, "RegionId")
		if err := fill(texts, images); err != nil {
			return nil, err
		}
		answer, err := client.DescribeImages(images)
		if err != nil {
			return nil, err
		}
		return map[string]any{"Images": answer.Images, "TotalCount": answer.TotalCount}, nil
	case "DescribeRegions":
		client, err := oldecs.NewClientWithOptions(region, config, credential)
		if err != nil {
			return nil, err
		}
		regions := oldecs.CreateDescribeRegionsRequest()
		regions.Domain = asked.Endpoint
		answer, err := client.DescribeRegions(regions)
		if err != nil {
			return nil, err
		}
		return answer.Regions, nil
	case "AssumeRole":
		client, err := oldsts.NewClientWithOptions(region, config, credential)
		if err != nil {
			return nil, err
		}
		role := oldsts.CreateAssumeRoleRequest()
		role.Domain = asked.Endpoint
		role.Scheme = "HTTP"
		role.RoleArn = fmt.Sprint(asked.Parameters["RoleArn"])
		role.RoleSessionName = fmt.Sprint(asked.Parameters["RoleSessionName"])
		role.DurationSeconds = requests.NewInteger(900)
		answer, err := client.AssumeRole(role)
		if err != nil {
			return nil, err
		}
		return answer.Credentials, nil
	}
	return nil, fmt.Errorf("there is no action %s", asked.Action)
}

// ecs-20140526, which signs with ACS3 or, with the algorithm v2, with RPC 1.0.
func callNew(asked request, algorithm *string) (any, error) {
	config := &openapiutil.Config{
		AccessKeyId:        tea.String(asked.Key),
		AccessKeySecret:    tea.String(asked.Secret),
		Endpoint:           tea.String(asked.Endpoint),
		Protocol:           tea.String("http"),
		RegionId:           tea.String(region),
		SignatureAlgorithm: algorithm,
	}
	if asked.Token != "" {
		config.SecurityToken = tea.String(asked.Token)
	}
	if asked.Action == "AssumeRole" {
		return assumeRole(config, asked.Parameters)
	}
	client, err := newecs.NewClient(config)
	if err != nil {
		return nil, err
	}
	methods := map[string]any{
		"AuthorizeSecurityGroup":            client.AuthorizeSecurityGroup,
		"CancelCopyImage":                   client.CancelCopyImage,
		"CopyImage":                         client.CopyImage,
		"CreateImage":                       client.CreateImage,
		"CreateKeyPair":                     client.CreateKeyPair,
		"CreateSecurityGroup":               client.CreateSecurityGroup,
		"CreateVSwitch":                     client.CreateVSwitch,
		"CreateVpc":                         client.CreateVpc,
		"DeleteImage":                       client.DeleteImage,
		"DeleteInstance":                    client.DeleteInstance,
		"DeleteKeyPairs":                    client.DeleteKeyPairs,
		"DeleteSecurityGroup":               client.DeleteSecurityGroup,
		"DeleteSnapshot":                    client.DeleteSnapshot,
		"DeleteVSwitch":                     client.DeleteVSwitch,
		"DeleteVpc":                         client.DeleteVpc,
		"DescribeImageFromFamily":           client.DescribeImageFromFamily,
		"DescribeImages":                    client.DescribeImages,
		"DescribeImageSharePermission":      client.DescribeImageSharePermission,
		"DescribeImageSupportInstanceTypes": client.DescribeImageSupportInstanceTypes,
		"DescribeInstances":                 client.DescribeInstances,
		"DescribeInstanceTypes":             client.DescribeInstanceTypes,
		"DescribeRegions":                   client.DescribeRegions,
		"DescribeZones":                     client.DescribeZones,
		"ListTagResources":                  client.ListTagResources,
		"ModifyImageAttribute":              client.ModifyImageAttribute,
		"ModifyImageSharePermission":        client.ModifyImageSharePermission,
		"RunInstances":                      client.RunInstances,
		"StopInstance":                      client.StopInstance,
		"TagResources":                      client.TagResources,
		"UntagResources":                    client.UntagResources,
	}
	method, known := methods[asked.Action]
	if !known {
		return nil, fmt.Errorf("there is no action %s", asked.Action)
	}
	return invoke(method, asked.Parameters)
}

// invoke calls a method of the SDK, which takes a request model and returns a response and an error.
func invoke(method any, parameters map[string]any) (any, error) {
	function := reflect.ValueOf(method)
	request := reflect.New(function.Type().In(0).Elem())
	if err := fill(parameters, request.Interface()); err != nil {
		return nil, err
	}
	results := function.Call([]reflect.Value{request})
	if err, failed := results[1].Interface().(error); failed {
		return nil, err
	}
	return results[0].Elem().FieldByName("Body").Interface(), nil
}

// assumeRole calls STS through the core of the SDK: the module proxy does not serve the STS module.
func assumeRole(config *openapiutil.Config, parameters map[string]any) (any, error) {
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	query := map[string]*string{}
	for name, value := range parameters {
		query[name] = tea.String(fmt.Sprint(value))
	}
	params := &openapiutil.Params{
		Action: tea.String("AssumeRole"), Version: tea.String("2015-04-01"), Protocol: tea.String("HTTP"),
		Pathname: tea.String("/"), Method: tea.String("POST"), AuthType: tea.String("AK"), Style: tea.String("RPC"),
		ReqBodyType: tea.String("formData"), BodyType: tea.String("json"),
	}
	answer, err := client.CallApi(params, &openapiutil.OpenApiRequest{Query: query}, &dara.RuntimeOptions{})
	if err != nil {
		return nil, err
	}
	return answer["body"].(map[string]any)["Credentials"], nil
}
